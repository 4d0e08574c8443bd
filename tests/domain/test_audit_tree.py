"""The tree of RFC 6962, against the published roots of certificate transparency's test vectors."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from console.domain.audit_tree import GrowingTree

# The eight leaves and the roots after each, as in the reference tests of certificate-transparency.
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def root_by_definition(lines):
    """RFC 6962 section 2.1 read literally."""
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    half = 1
    while half * 2 < len(lines):
        half *= 2
    left, right = root_by_definition(lines[:half]), root_by_definition(lines[half:])
    return hashlib.sha256(b"\1" + left + right).digest()


def test_the_published_roots_come_out():
    tree = GrowingTree()
    assert tree.root().hex() == ROOTS[0]
    for leaf, root in zip(LEAVES, ROOTS[1:], strict=True):
        tree.add(bytes.fromhex(leaf))
        assert tree.root().hex() == root


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_definitions_at_every_size(lines):
    tree = GrowingTree()
    for line in lines:
        tree.add(line)
    assert (tree.size, tree.root()) == (len(lines), root_by_definition(lines))


def test_a_copy_grows_without_changing_what_it_was_copied_from():
    tree = GrowingTree()
    tree.add(b"a")
    before = tree.root()
    tree.copy().add(b"b")
    assert (tree.size, tree.root()) == (1, before)
