"""Bundles made to harm whoever opens them: one line, never a crash, a fooled check or a full disk."""

import os
import stat
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.domain.audit_view import Stopped
from console.store.evidence_lines import read_lines
from console.store.evidence_reader import BundleReader
from console.store.evidence_verify import BundleVerifier
from console.store.trail_files import NotATrail
from console.store.trail_verify import Memory
from console.store.zip_reading import BundleMembers, Damaged, is_bundle
from tests.store.bundles import (
    VERIFIER,
    alone,
    judged,
    make_bundle,
    put_together,
    sample,
    taken_apart,
    written,
)
from tests.store.sealed import KEY, sealed_trail


def refused(path):
    """Neither reads it as a bundle."""
    assert judged(path) == ("unusable", None)
    code, text = alone(path)
    assert code == 2
    assert text.count("\n") == 1, text
    with pytest.raises(NotATrail):
        BundleReader.unpacked(path, Memory())
    return True


def rewritten(path, out, change):
    """Copy a zip, each entry as `change` of (info, raw) gives it; a list gives several."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            for one, raw in change(info, old.read(info)):
                new.writestr(one, raw)
    return out


@pytest.fixture
def good(tmp_path):
    return sample(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "C:\\boot.ini", "records.jsonl/../x", "proof/../checkpoint",
     "proof/01.tlog-proof", "disclosed/../x.salt", "disclosed/.salt", "x\u202ey", "README.TXT", "con"],
)  # fmt: skip
def test_a_name_that_no_bundle_has_is_refused_before_anything_is_unpacked(good, tmp_path, name):
    members = taken_apart(good)
    refused(put_together(tmp_path / "bad.zip", members | {name: b"x"}))


def test_a_member_that_is_there_twice_is_refused(good, tmp_path):
    bad = tmp_path / "bad.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        rewritten(good, bad, lambda i, raw: [(i, raw)] * (1 + (i.filename == "records.jsonl")))
    refused(bad)


def test_a_link_in_the_zip_is_refused(good, tmp_path):
    def linked(info, raw):
        if info.filename == "files.sha256":
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            raw = b"/etc/passwd"
        return [(info, raw)]

    refused(rewritten(good, tmp_path / "bad.zip", linked))


def test_an_encrypted_member_is_refused(good, tmp_path):
    raw = bytearray(good.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 8] |= 1
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    refused(bad)


def test_an_unusual_packing_is_refused(good, tmp_path):
    bad = tmp_path / "bad.zip"
    members = taken_apart(good)
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_BZIP2) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    refused(bad)


@pytest.mark.parametrize("where", ["comment", "behind", "cut", "nothing", "magic alone", "zip64"])
def test_a_zip_that_does_not_end_where_it_should_is_refused(good, tmp_path, where):
    raw = good.read_bytes()
    end = raw.rfind(b"PK\x05\x06")
    bad = tmp_path / "bad.zip"
    bad.write_bytes(
        {
            "comment": raw[:-2] + b"\x05\x00hello",
            "behind": raw + b"x",
            "cut": raw[:-5],
            "nothing": b"PK\x05\x06" + bytes(18),
            "magic alone": b"PK\x03\x04",
            "zip64": raw[: end + 10] + b"\xff\xff" + raw[end + 12 :],
        }[where]
    )
    refused(bad)


def test_a_list_of_very_many_members_is_not_even_read(good, tmp_path):
    raw = bytearray(good.read_bytes())
    end = raw.rfind(b"PK\x05\x06")
    bad = tmp_path / "bad.zip"
    for count, listed in ((20_000, 1000), (3, 500 * 1024 * 1024)):
        raw[end + 10 : end + 16] = struct.pack("<HI", count, listed)
        bad.write_bytes(raw)
        refused(bad)


def test_a_list_of_members_in_the_large_form_is_measured_too(good, tmp_path):
    raw = good.read_bytes()
    end = raw.rfind(b"PK\x05\x06")
    count, listed, offset = struct.unpack("<HII", raw[end + 10 : end + 20])
    for many, told in ((count, True), (10**9, False)):
        large = struct.pack(
            "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, many, many, listed, offset
        )
        locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
        tail = b"PK\x05\x06" + bytes(4) + b"\xff" * 4 + b"\xff" * 8 + bytes(2)
        path = tmp_path / "large.zip"
        path.write_bytes(raw[:end] + large + locator + tail)
        if told:
            assert (judged(path), alone(path)[0]) == (("intact", None), 0)
        else:
            refused(path)


def test_members_that_share_bytes_are_refused(good, tmp_path):
    """The trick of small files that unpack to terabytes: many entries over one packed block."""
    raw = bytearray(good.read_bytes())
    first = raw.find(b"PK\x01\x02")
    second = raw.find(b"PK\x01\x02", first + 4)
    raw[second + 42 : second + 46] = struct.pack("<I", 10)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    refused(bad)


def test_what_would_unpack_to_far_more_than_it_can_hold_is_refused_by_its_sizes(good, tmp_path):
    raw = bytearray(good.read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 3 * 1024**3)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    refused(bad)


@pytest.mark.parametrize("name", ["checkpoint", "proof/7.tlog-proof", "untrusted-vkey.txt"])
def test_a_bomb_in_a_small_member_is_not_read(good, tmp_path, name):
    members = taken_apart(good) | {name: bytes(80 * 1024 * 1024)}
    path = put_together(tmp_path / "bomb.zip", members)
    assert path.stat().st_size < 200_000
    assert judged(path)[0] != "intact"
    assert alone(path)[0] == 1


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_says(good, tmp_path):
    members = taken_apart(good) | {"records.jsonl": bytes(50 * 1024 * 1024)}
    raw = bytearray(put_together(tmp_path / "lying.zip", members).read_bytes())
    at = raw.find(b"records.jsonl", raw.find(b"PK\x01\x02")) - 46
    raw[at + 24 : at + 28] = struct.pack("<I", 5)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    assert judged(bad)[0] != "intact"
    assert alone(bad)[0] == 1
    with pytest.raises(NotATrail, match="damaged"):
        BundleReader.unpacked(bad, Memory())


def test_a_line_of_very_many_bytes_is_not_held_in_memory(good, tmp_path, monkeypatch):
    monkeypatch.setattr("console.store.zip_reading.MAX_RECORD", 1024 * 1024)
    members = taken_apart(good) | {"records.jsonl": b"x" * (2 * 1024 * 1024) + b"\n"}
    path = put_together(tmp_path / "long.zip", members)
    assert judged(path) == ("unreadable", ("records.jsonl", None))


def test_a_value_of_ten_million_bytes_is_proved_like_any_other(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    name = sorted(trail.files)[2]
    from console.domain.audit import record_line
    from tests.store.sealed import START

    trail.files[name].append(record_line(START, "X", {"reason": "\u202e\U0001f600" * 2_000_000}))
    trail.write().seal()
    path = make_bundle(trail.folder, tmp_path / "evidence.zip", [15])
    assert (judged(path), alone(path)[0]) == (("intact", None), 0)


def test_nested_a_hundred_thousand_deep_is_a_verdict(good, tmp_path):
    members = taken_apart(good)
    deep = b'{"payload": ' + b"[" * 100_000 + b"]" * 100_000 + b', "compliance_hash": ""}\n'
    members["records.jsonl"] = deep + members["records.jsonl"].split(b"\n", 1)[1]
    path = put_together(tmp_path / "deep.zip", members)
    assert judged(path) == ("edited", ("records.jsonl", 1))
    assert alone(path)[0] == 1


@pytest.mark.parametrize(
    "line", [b"", b"\0\xff", b"7", b"[]", b'{"payload": 1e999, "compliance_hash": 1}', b"NaN",
             b'{"payload": ' + b"9" * 5000 + b', "compliance_hash": ""}', b"\xef\xbb\xbf{}"]
)  # fmt: skip
def test_a_line_of_any_kind_is_a_verdict(good, tmp_path, line):
    members = taken_apart(good)
    members["records.jsonl"] = line + b"\n" + members["records.jsonl"].split(b"\n", 1)[1]
    path = put_together(tmp_path / "odd.zip", members)
    assert judged(path)[1] == ("records.jsonl", 1)
    assert alone(path)[0] == 1


def test_a_wrong_checksum_is_told_with_the_members_name(good, tmp_path):
    raw = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as archive:
        info = archive.getinfo("records.jsonl")
    at = raw.find(struct.pack("<I", info.CRC), raw.find(b"PK\x01\x02"))
    raw[at] ^= 1
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    assert judged(bad) == ("unreadable", ("records.jsonl", None))
    code, text = alone(bad)
    assert (code, "records.jsonl is damaged" in text) == (1, True)
    with pytest.raises(NotATrail, match="damaged"):
        BundleReader.unpacked(bad, Memory())


def test_what_is_no_bundle_is_told_in_one_line(tmp_path):
    other = tmp_path / "photos.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("holiday.jpg", b"")
    refused(other)
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w"):
        pass
    refused(empty)
    assert alone(tmp_path / "nowhere")[0] == 2
    assert alone(tmp_path)[0] == 2


def test_a_pipe_or_a_link_is_not_read(good, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert not is_bundle(pipe)
    assert not is_bundle(tmp_path / "nowhere")
    with pytest.raises(NotATrail, match="no ordinary file"):
        BundleMembers(pipe)
    with pytest.raises(NotATrail, match="cannot be read"):
        BundleMembers(tmp_path / "nowhere")


def test_an_unpacked_bundle_with_a_link_in_it_is_refused_and_other_files_are_left_alone(
    good, tmp_path
):
    folder = written(taken_apart(good), tmp_path / "unpacked")
    (folder / "my notes.txt").write_text("not part of it")
    (folder / "by-hand").mkdir()
    assert is_bundle(folder)
    assert (judged(folder), alone(folder)[0]) == (("intact", None), 0)
    (folder / "verify.py").unlink()
    (folder / "verify.py").symlink_to("/etc/passwd")
    assert judged(folder)[0] == "unusable"
    assert alone(folder)[0] == 2


def test_a_folder_of_very_many_proofs_is_refused(good, tmp_path, monkeypatch):
    monkeypatch.setattr("console.store.zip_reading.MAX_MEMBERS", 10)
    folder = written(taken_apart(good), tmp_path / "unpacked")
    assert judged(folder)[0] == "unusable"


def test_a_member_that_cannot_be_had_any_more_is_damage(good, tmp_path):
    folder = written(taken_apart(good), tmp_path / "unpacked")
    with BundleMembers(folder) as members:
        (folder / "README.txt").unlink()
        with pytest.raises(Damaged, match=r"README\.txt"):
            members.read("README.txt", 1000)


def test_judging_a_bundle_can_be_cancelled(good):
    with pytest.raises(Stopped):
        BundleVerifier(good, Memory()).run(cancelled=lambda: True)
    assert callable(read_lines)


def test_a_bundle_that_was_packed_anew_by_another_program_is_as_good(good, tmp_path):
    folder = written(taken_apart(good), tmp_path / "unpacked")
    again = tmp_path / "again.zip"
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-c", again, *sorted(p.name for p in folder.iterdir())],
        cwd=folder,
        check=True,
    )
    assert (judged(again), alone(again)[0]) == (("intact", None), 0)


def test_the_file_handed_out_is_a_program_of_its_own(good):
    ran = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, good, "--key", KEY.verifier.text],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[-1] == f"PROVEN, signed by {KEY.verifier.text}"


@pytest.mark.parametrize("key", ["", "nonsense", "a+b+c", KEY.verifier.text[:-4] + "AAA="])
def test_a_key_that_is_none_is_told_and_proves_nothing(good, key):
    assert alone(good, key)[0] == 2


def test_the_key_may_stand_in_a_file(good, tmp_path):
    file = tmp_path / "vkey"
    file.write_text(f"# told by telephone\n{KEY.verifier.text}\n")
    assert alone(good, str(file))[0] == 0


MANY = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    return taken_apart(sample(tmp_path_factory.mktemp("apart"), (6, 7, 8)))


HARMLESS = {"README.txt", "verify.py", "manifest.json", "untrusted-vkey.txt"}
"""Nothing is signed in these: a forger may write them anew, and nothing is believed of them."""


@MANY
@given(data=st.data())
def test_no_edit_of_any_byte_leaves_a_bundle_proven(apart, tmp_path, data):
    name = data.draw(st.sampled_from(sorted(set(apart) - HARMLESS)))
    raw = apart[name]
    at = data.draw(st.integers(0, len(raw)))
    how = data.draw(st.sampled_from(["change", "insert", "delete"]))
    new = bytes([data.draw(st.integers(0, 255))])
    edited = raw[:at] + (new if how != "delete" else b"") + raw[at + (how != "insert") :]
    path = put_together(tmp_path / "edited.zip", apart | {name: edited})
    if edited == raw:
        assert alone(path)[0] == 0
        return
    assert judged(path)[0] != "intact", (name, at, how, new)
    assert alone(path)[0] == 1, (name, at, how, new)


@MANY
@given(st.data())
def test_no_edit_of_the_zip_itself_changes_what_is_proven(apart, tmp_path, data):
    """Whatever byte of the container is changed: not proven, or the very same records are."""
    whole = put_together(tmp_path / "whole.zip", apart).read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    edited = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    path = tmp_path / "edited.zip"
    path.write_bytes(edited)
    theirs, ours = alone(path)[0], judged(path)[0]
    assert (theirs == 0) == (ours == "intact")
    if theirs == 0:
        with BundleMembers(path) as members:
            assert members.read("records.jsonl", 10**6) == apart["records.jsonl"]


def test_a_packed_block_that_breaks_off_is_damage(good, tmp_path):
    packed = zlib.compress(b"x" * 100)
    raw = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as archive:
        info = archive.getinfo("records.jsonl")
    begin = info.header_offset + 30 + len("records.jsonl")
    raw[begin : begin + len(packed)] = b"\xff" * len(packed)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    assert judged(bad) == ("unreadable", ("records.jsonl", None))
    assert alone(bad)[0] == 1
