"""Checkpoints: the published log's, signed byte for byte, and every other spelling refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from console.domain.tlog.errors import Malformed, NotSigned, WrongSignature
from console.domain.tlog.hashes import leaf_hash
from console.domain.tlog.keys import SigningKey, VerifierKey
from console.domain.tlog.note import parse_note, sign_note
from console.domain.tlog.tree import EMPTY_ROOT, GrowingTree
from tests.domain.reference_log import ORIGIN, SIGNER, VERIFIER, WORDS, checkpoint_note

# The example of C2SP tlog-checkpoint (c2sp.org, BSD-1-Clause); no key is published for it.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1"
    "gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
# The tree of golang.org/x/mod/sumdb/tlog's tests (BSD-3-Clause).
GO = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"
KEY, SIGNS = VerifierKey.from_text(VERIFIER), SigningKey.from_text(SIGNER)
ROOT64 = "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0="


@pytest.mark.parametrize("size", range(16))
def test_every_checkpoint_of_the_reference_log_is_opened_and_signed_the_same(size):
    tree = GrowingTree()
    for word in WORDS[:size]:
        tree.add(word)
    raw = checkpoint_note(size)
    opened = open_checkpoint(raw, [KEY], ORIGIN)
    assert opened.checkpoint == Checkpoint(ORIGIN, size, tree.root())
    assert opened.signed_by == (KEY,)
    assert opened.checkpoint.signed([SIGNS]) == raw


def test_the_example_of_the_standard_is_read():
    checkpoint = parse_checkpoint(parse_note(EXAMPLE.encode()).text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == EXAMPLE.partition("\n\n")[0] + "\n"


def test_the_tree_of_the_go_checksum_database_is_read():
    assert parse_checkpoint(GO) == Checkpoint(
        "go.sum database tree", 123456789012, leaf_hash(b"hello world")
    )


def test_extension_lines_are_kept_as_they_are():
    checkpoint = parse_checkpoint(GO + "JOE\nté  st\n")
    assert checkpoint.extensions == ("JOE", "té  st")
    assert checkpoint.text == GO + "JOE\nté  st\n"


def test_a_checkpoint_carries_two_signatures_where_a_key_is_replaced():
    new = SigningKey(ORIGIN, bytes(32))
    raw = parse_checkpoint(GO).signed([SIGNS, new])
    for key in (KEY, new.verifier):
        assert open_checkpoint(raw, [key]).signed_by == (key,)
    assert open_checkpoint(raw, [KEY, new.verifier]).signed_by == (KEY, new.verifier)


def test_signatures_that_stood_there_before_are_kept():
    witness = SigningKey("witness.example", bytes(32))
    first = parse_note(Checkpoint(ORIGIN, 0, EMPTY_ROOT).signed([witness])).signatures
    raw = Checkpoint(ORIGIN, 0, EMPTY_ROOT).signed([SIGNS], first)
    assert [line.name for line in parse_note(raw).signatures] == ["witness.example", ORIGIN]


def test_a_checkpoint_of_another_origin_is_refused():
    with pytest.raises(NotSigned, match="another trail"):
        open_checkpoint(checkpoint_note(3), [KEY], "example.com/log")


def test_a_checkpoint_with_another_size_is_not_signed():
    with pytest.raises(WrongSignature):
        open_checkpoint(checkpoint_note(3).replace(b"\n3\n", b"\n4\n"), [KEY])


def test_a_signed_note_that_is_no_checkpoint_is_refused():
    raw = Checkpoint("a", 1, bytes(32)).signed([SIGNS])
    assert open_checkpoint(raw, [KEY]).checkpoint.size == 1
    with pytest.raises(Malformed, match="three lines"):
        open_checkpoint(sign_note("only\ntwo\n", [SIGNS]), [KEY])


@pytest.mark.parametrize(
    "text",
    [
        "",
        GO[:-1],
        "\n",
        f"\n1\n{ROOT64}\n",
        f"origin\n{ROOT64}\n",
        f"origin\n\n{ROOT64}\n",
        f"origin\n01\n{ROOT64}\n",
        f"origin\n+1\n{ROOT64}\n",
        f"origin\n-1\n{ROOT64}\n",
        f"origin\n1 \n{ROOT64}\n",
        f"origin\n1_0\n{ROOT64}\n",
        f"origin\n\u0661\n{ROOT64}\n",
        f"origin\n0x1\n{ROOT64}\n",
        f"origin\n18446744073709551616\n{ROOT64}\n",
        f"origin\n{'9' * 5000}\n{ROOT64}\n",
        f"origin\n1\n{ROOT64[:-1]}\n",
        f"origin\n1\n{ROOT64} \n",
        f"origin\n1\n{ROOT64.replace('0=', '1=')}\n",
        f"origin\n1\n{ROOT64.replace('+', '-')}\n",
        "origin\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBTOOBIG=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\n\n",
        f"origin\n0\n{ROOT64}\n",
        f"origin\n1\n{ROOT64}\n\n",
        f"origin\n1\n{ROOT64}\n\nlater\n",
        f"ori\x00gin\n1\n{ROOT64}\n",
        f"origin\n1\n{ROOT64}\nex\rtension\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(Malformed):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("two\nlines", 1, bytes(32), ()),
        ("origin", -1, bytes(32), ()),
        ("origin", 2**64, bytes(32), ()),
        ("origin", 1, bytes(31), ()),
        ("origin", 1, bytes(32), ("",)),
    ],
)
def test_a_checkpoint_that_could_not_be_read_back_is_not_made(origin, size, root, extensions):
    with pytest.raises(Malformed):
        Checkpoint(origin, size, root, extensions)


LINE = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32), min_size=1, max_size=20)


@given(LINE, st.integers(1, 2**64 - 1), st.binary(min_size=32, max_size=32), st.lists(LINE))
def test_every_checkpoint_reads_back_the_same(origin, size, root, extensions):
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert parse_checkpoint(checkpoint.text) == checkpoint
    assert open_checkpoint(checkpoint.signed([SIGNS]), [KEY]).checkpoint == checkpoint
