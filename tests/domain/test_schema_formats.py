"""A text that a schema says the format of is checked for it, in words."""

from __future__ import annotations

import pytest

from console.domain.schema import validate
from console.domain.schema_formats import FORMATS, fits


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("hostname", ["a", "www.example.com", "xn--4gbwdl.xn--wgbh1c", "a-b.c."], ["", "-a", "a..b", "a_b", "x" * 64, "a b"]),
        ("ipv4", ["0.0.0.0", "192.0.2.255"], ["1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/24", "১.2.3.4"]),
        ("ipv6", ["::", "2001:db8::1", "::ffff:192.0.2.1"], ["1", "12345::", "fe80::1%eth0", ":::"]),
        ("duration", ["P3D", "PT4H30M", "P1Y2M3DT1S", "P2W"], ["P", "PT", "P1W2D", "3D", "P1D2H", "P২D"]),
        ("json-pointer", ["", "/", "/a~1b/0"], ["a", "/~2", "#/a"]),
        ("relative-json-pointer", ["0", "1/a", "2#"], ["-1/a", "01", "a"]),
        ("regex", ["^a+$", ""], ["(", "[", "a{99999999999999999999}"]),
        ("uri-reference", ["/a", "", "https://a.example/b?c=d", "#x"], ["a b", "\\a"]),
        ("iri", ["https://é.example/ü"], ["é", "http:// a"]),
        ("iri-reference", ["/ü", ""], ["a b"]),
        ("email", ["a@b.example"], [".a@b.example", "a.@b.example", "a..b@c.example", "a@", "@b"]),
        ("phone", ["anything"], []),
    ],
)  # fmt: skip
def test_a_format_is_told_from_what_misses_it(name, yes, no):
    assert [text for text in yes if not fits(text, name)] == []
    assert [text for text in no if fits(text, name)] == []


def test_every_format_says_what_it_wants_with_an_example():
    for name, (_, words) in FORMATS.items():
        (told,) = validate({"format": name}, "(\\ \n")
        assert told.message == words
        assert " such as " in words
