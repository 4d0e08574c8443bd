"""Signed notes and their keys: others' examples byte for byte, and every spoilt form refused."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.tlog.encoding import to_base64
from console.domain.tlog.errors import Malformed, NotSigned, WrongSignature
from console.domain.tlog.keys import SigningKey, VerifierKey, key_id
from console.domain.tlog.note import (
    MAX_NOTE,
    Note,
    NoteSignature,
    open_note,
    parse_note,
    sign_note,
)

# Keys, text and signatures of the examples and tests of golang.org/x/mod/sumdb/note (BSD-3-Clause).
PETER_SIGNS = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox3"
    "3WWd1RvMc+QQ=\n"
)
# The example of C2SP signed-note (c2sp.org, BSD-1-Clause).
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONn"
    "cAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
PETER_KEY, ENOCH_KEY = VerifierKey.from_text(PETER), VerifierKey.from_text(ENOCH)
PETER_SIGNER = SigningKey.from_text(PETER_SIGNS)
OURS = SigningKey("cxone-audit/test", bytes(range(32)))


def note(*lines: str, text: str = TEXT) -> bytes:
    return f"{text}\n{''.join(lines)}".encode()


def other_name(char: str) -> str:
    return f"Peter{char}Neumann"


def test_the_published_note_is_signed_byte_for_byte():
    assert sign_note(TEXT, [PETER_SIGNER]) == note(PETER_LINE)


def test_a_second_signature_stands_behind_the_first_as_published():
    enoch = SigningKey("EnochRoot", bytes(32))
    assert enoch.verifier == ENOCH_KEY
    first = open_note(note(PETER_LINE), [PETER_KEY]).note
    assert sign_note(TEXT, [enoch], first.signatures) == note(PETER_LINE, ENOCH_LINE)


def test_an_older_signature_of_the_same_key_is_replaced():
    old = NoteSignature("PeterNeumann", PETER_KEY.id, b"old")
    assert sign_note(TEXT, [PETER_SIGNER, PETER_SIGNER], [old]) == note(PETER_LINE)


def test_the_example_of_the_standard_is_opened():
    opened = open_note(C2SP_NOTE.encode(), [VerifierKey.from_text(C2SP_KEY)])
    assert opened.note.text == "This is an example message.\n"
    assert opened.note.to_bytes() == C2SP_NOTE.encode()


@pytest.mark.parametrize("text", [PETER, ENOCH, C2SP_KEY])
def test_a_published_verifier_key_is_read_and_written_the_same(text):
    assert VerifierKey.from_text(text).text == text


def test_the_published_private_key_is_read_and_written_the_same():
    assert PETER_SIGNER.text == PETER_SIGNS
    assert PETER_SIGNER.verifier == PETER_KEY


def test_the_key_id_is_made_as_the_standard_says():
    content = b"PeterNeumann\n\x01" + PETER_KEY.public_key
    assert key_id("PeterNeumann", PETER_KEY.public_key) == hashlib.sha256(content).digest()[:4]
    assert PETER_KEY.id.hex() == "c74f20a3"


@pytest.mark.parametrize(
    ("text", "read"), [(PETER, VerifierKey.from_text), (PETER_SIGNS, SigningKey.from_text)]
)
def test_no_part_and_no_change_of_a_key_is_a_key(text, read):
    spoilt = {text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)} - {text}
    spoilt |= {text[:i] + chr(ord(text[i]) + 1) + text[i + 1 :] for i in range(len(text))}
    spoilt |= {text + "\n", " " + text, text.replace("c74f20a3", "C74F20A3"), ""}
    for each in spoilt:
        with pytest.raises(Malformed):
            read(each)


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_of_another_length_or_kind_is_refused_though_its_id_fits(text):
    with pytest.raises(Malformed):
        VerifierKey.from_text(text)


def test_a_private_key_of_another_length_is_refused():
    with pytest.raises(Malformed, match="has 31 bytes"):
        SigningKey("name", bytes(31))


def test_a_private_key_shows_its_secret_to_no_log():
    secret = to_base64(b"\x01" + OURS.seed)
    assert secret in OURS.text
    assert secret not in repr(OURS)
    assert repr(OURS.seed)[2:-1] not in repr(OURS)
    with pytest.raises(Malformed) as refused:
        SigningKey.from_text(OURS.text + "x")
    assert secret not in str(refused.value)


@pytest.mark.parametrize("char", [" ", "+", "\n", "\t", "\x01", "\x85", "\xa0", "\u2003", "\ud800"])
def test_a_name_with_a_space_a_plus_or_a_control_character_is_refused(char):
    with pytest.raises(Malformed):
        VerifierKey(other_name(char), PETER_KEY.public_key)
    with pytest.raises(Malformed):
        NoteSignature(other_name(char), bytes(4), b"signature")


def test_an_empty_name_is_refused():
    with pytest.raises(Malformed, match="empty"):
        VerifierKey("", PETER_KEY.public_key)


def test_a_name_may_be_in_any_script():
    key = SigningKey("日誌.example/журнал", bytes(32))
    opened = open_note(sign_note("text\n", [key]), [VerifierKey.from_text(key.verifier.text)])
    assert opened.signed_by == (key.verifier,)


def test_signatures_of_unknown_keys_are_ignored_and_kept():
    opened = open_note(note(PETER_LINE, ENOCH_LINE), [PETER_KEY])
    assert opened.signed_by == (PETER_KEY,)
    assert [line.name for line in opened.note.signatures] == ["PeterNeumann", "EnochRoot"]


def test_all_known_keys_that_signed_are_named():
    opened = open_note(note(PETER_LINE, ENOCH_LINE), [ENOCH_KEY, PETER_KEY, PETER_KEY])
    assert opened.signed_by == (PETER_KEY, ENOCH_KEY)


@pytest.mark.parametrize("keys", [[], [ENOCH_KEY], [VerifierKey("Peter", PETER_KEY.public_key)]])
def test_a_note_that_no_known_key_signed_is_refused(keys):
    with pytest.raises(NotSigned):
        open_note(note(PETER_LINE), keys)


def test_a_key_shares_neither_name_nor_id_alone_with_a_known_one():
    renamed = PETER_LINE.replace("PeterNeumann", "CarmenSandiego")
    other_id = PETER_LINE.replace("x08g", "xxxx")
    for line in (renamed, other_id):
        assert open_note(note(line, ENOCH_LINE), [PETER_KEY, ENOCH_KEY]).signed_by == (ENOCH_KEY,)


def test_a_wrong_signature_of_a_known_key_spoils_the_note_though_another_holds():
    wrong = PETER_LINE[:60] + "ABCD" + PETER_LINE[60:]
    for lines in ((wrong,), (PETER_LINE, wrong), (wrong, PETER_LINE), (ENOCH_LINE, wrong)):
        with pytest.raises(WrongSignature, match=r"PeterNeumann \(c74f20a3\)"):
            open_note(note(*lines), [PETER_KEY, ENOCH_KEY])


def test_a_changed_text_is_not_signed():
    with pytest.raises(WrongSignature):
        open_note(note(PETER_LINE, text=TEXT.replace("answer", "Answer")), [PETER_KEY])


def test_a_line_that_stands_there_twice_counts_once():
    more = ENOCH_LINE[:60] + "ABCD" + ENOCH_LINE[60:]
    lines = (PETER_LINE, PETER_LINE, ENOCH_LINE, ENOCH_LINE, more)
    opened = open_note(note(*lines), [PETER_KEY])
    assert (opened.signed_by, len(opened.note.signatures)) == ((PETER_KEY,), 3)


def test_a_known_key_whose_short_id_collides_must_have_signed_itself(monkeypatch):
    monkeypatch.setattr("console.domain.tlog.keys.key_id", lambda name, public_key: b"same")
    first, second = SigningKey("n", bytes(32)), SigningKey("n", bytes([1] * 32))
    raw = sign_note("text\n", [first])
    assert open_note(raw, [second.verifier, first.verifier]).signed_by == (first.verifier,)
    with pytest.raises(WrongSignature):
        open_note(raw, [second.verifier])


def test_a_public_key_for_which_anybody_can_sign_is_refused():
    prime = 2**255 - 19
    of_order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    small = [0, 1, prime - 1, prime, prime + 1]
    small.append(int.from_bytes(bytes.fromhex(of_order_8), "little"))
    small.append(prime - small[-1])
    for y in small:
        for sign in (0, 2**255):
            with pytest.raises(Malformed, match="anybody could sign"):
                VerifierKey("n", (y + sign).to_bytes(32, "little"))


def test_a_public_key_that_is_no_point_of_the_curve_verifies_nothing():
    nowhere = VerifierKey("n", b"\x02" + bytes(31))
    assert not nowhere.verifies(b"", bytes(64))
    assert not nowhere.verifies(b"", bytes(63))


def test_the_text_ends_at_the_last_empty_line():
    text = "\n\nfirst\n\nsecond\n\n"
    raw = sign_note(text, [OURS])
    assert open_note(raw, [OURS.verifier]).note.text == text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        TEXT.encode(),
        note(),
        note(PETER_LINE[:-1]),
        b"\x01" + note(PETER_LINE),
        b"\xff" + note(PETER_LINE),
        b"\xed\xa0\x80" + note(PETER_LINE),
        b"a\r\n" + note(PETER_LINE),
        b"a\tb\n" + note(PETER_LINE),
        TEXT.encode() + PETER_LINE.encode(),
        TEXT.encode() + b" \n" + PETER_LINE.encode(),
        note("— Bad Name x08go/ZJkuBS9UG/\n"),
        note("— PeterNeumann\n"),
        note("— PeterNeumann \n"),
        note("—  x08go/ZJkuBS9UG/\n"),
        note("— Peter+Neumann x08go/ZJkuBS9UG/\n"),
        note("— PeterNeumann x08go===\n"),
        note("— PeterNeumann x08gow==\n"),
        note("— PeterNeumann x08go/a\n"),
        note("— PeterNeumann x08go/Z\n"),
        note("— PeterNeumann x08go/ZJkuBS9UH=\n"),
        note("— PeterNeumann x08go_ZJkuBS9UG-\n"),
        note("— PeterNeumann é08go/ZJkuBS9UG/\n"),
        note("-- PeterNeumann x08go/ZJkuBS9UG/\n"),
        note("—PeterNeumann x08go/ZJkuBS9UG/\n"),
        note(PETER_LINE.replace(" x08", "  x08")),
        note(PETER_LINE.replace("=\n", "= \n")),
        note(PETER_LINE, "Unexpected line.\n"),
        note(PETER_LINE, "\n"),
        note(*[PETER_LINE] * 101),
        b"a" * MAX_NOTE + note(PETER_LINE),
    ],
)
def test_what_is_no_note_is_refused(raw):
    with pytest.raises(Malformed):
        open_note(raw, [PETER_KEY])


def test_a_hundred_signatures_are_read():
    lines = [NoteSignature(f"witness{n}", bytes(4), b"s" * n).line + "\n" for n in range(1, 100)]
    assert len(parse_note(note(PETER_LINE, *lines)).signatures) == 100


@pytest.mark.parametrize("text", ["", "abc", "a\x01\n", "a\r\n", "half \ud800\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text):
    with pytest.raises(Malformed):
        sign_note(text, [OURS])


def test_a_note_without_signatures_cannot_be_made():
    with pytest.raises(Malformed, match="1 to 100"):
        Note(TEXT, ())


@given(
    st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32) | st.just("\n"), max_size=80)
)
def test_whatever_is_signed_opens_to_the_same_text(text):
    raw = sign_note(text + "\n", [OURS])
    opened = open_note(raw, [OURS.verifier])
    assert (opened.note.text, opened.note.to_bytes()) == (text + "\n", raw)


@given(st.integers(0), st.integers(0, 7))
def test_no_bit_of_a_signed_text_can_be_changed(at, bit):
    raw = bytearray(sign_note(TEXT, [OURS]))
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises((Malformed, NotSigned, WrongSignature)):
        open_note(bytes(raw), [OURS.verifier])


@given(st.binary(max_size=60))
def test_any_bytes_are_a_note_or_refused(raw):
    try:
        read = parse_note(raw)
    except Malformed:
        return
    assert read.to_bytes() == raw
