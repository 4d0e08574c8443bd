"""Bundles that were damaged on the way, trails that hardly give one, and what is seldom met."""

import hashlib
import struct
import zipfile

import pytest

from console.domain.audit import record_line
from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.tlog.checkpoint import Checkpoint
from console.store.evidence_choice import SealedTrail
from console.store.evidence_export import Disclosed, Handed, write_bundle
from console.store.evidence_reader import BundleReader
from console.store.evidence_verify import BundleVerifier
from console.store.sealed_reader import SealedReader
from console.store.trail_verify import Demands, Memory
from console.store.zip_reading import BundleMembers
from tests.store.bundles import (
    ALONE,
    alone,
    bundle_with_values,
    counted,
    judged,
    make_bundle,
    put_together,
    taken_apart,
)
from tests.store.sealed import KEY, START, day, rehashed, sealed_trail


def full_bundle(tmp_path):
    """One with every kind of member."""
    digest = hashlib.sha256(b"s" * 16 + b"{}").hexdigest()
    history = b'{"jobId": "j-1"}\n'
    trail = sealed_trail(tmp_path / "trail")
    trail.files[day(2)] += [
        record_line(START, "TRIGGER_QUEUED", {"jobId": "j-1", "contextDigest": digest}),
        record_line(
            START, "AUDIT_EXPORTED", {"historySha256": hashlib.sha256(history).hexdigest()}
        ),
    ]
    trail.write().seal(keep=[5, 10])
    sealed = SealedTrail(counted(trail.folder), None)
    sealed.witnesses.add(16)
    out = tmp_path / "full.zip"
    handed = Handed(
        *("now", "op", "p", "s", "text", b"pass"),
        history=history,
        disclosed={"j-1": Disclosed(b"s" * 16, b"{}"), "../x": Disclosed(b"", b"")},
    )
    write_bundle(sealed, sealed.choose([6, 15]), out, handed)
    return out


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return full_bundle(tmp_path_factory.mktemp("full"))


NAMES = [
    *("README.txt", "verify.py", "checkpoint", "untrusted-vkey.txt", "seals/checkpoint.5"),
    *("seals/consistency.10", "records.jsonl", "records.tsv", "context.jsonl", "context.tsv"),
    *("proof/6.tlog-proof", "files.sha256", "queue/jobs.jsonl", "disclosed/j-1.salt"),
    *("disclosed/j-1.body", "manifest.json"),
]


def test_a_full_bundle_has_every_kind_of_member_and_is_proven(full):
    assert set(NAMES) <= set(taken_apart(full))
    assert (judged(full), alone(full)[0]) == (("intact", None), 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_member_that_was_damaged_on_the_way_is_found_whichever_it_is(full, tmp_path, name):
    raw = bytearray(full.read_bytes())
    with zipfile.ZipFile(full) as archive:
        info = archive.getinfo(name)
    at = raw.find(name.encode(), raw.find(b"PK\x01\x02")) - 46
    raw[at + 16 : at + 20] = struct.pack("<I", info.CRC ^ 1)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    assert judged(bad)[0] != "intact"
    assert alone(bad)[0] == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_member_that_is_empty_is_found_where_anything_depends_on_it(full, tmp_path, name):
    bad = put_together(tmp_path / "bad.zip", taken_apart(full) | {name: b""}, manifest=False)
    assert judged(bad)[0] != "intact"
    assert alone(bad)[0] == 1


def test_a_shared_proof_that_was_damaged_on_the_way_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("console.domain.evidence.MAX_SINGLE", 0)
    members = taken_apart(full_bundle(tmp_path))
    bad = put_together(tmp_path / "bad.zip", members)
    raw = bytearray(bad.read_bytes())
    at = raw.find(b"proof/shared-proof", raw.find(b"PK\x01\x02")) - 46
    raw[at + 16 : at + 20] = bytes(4)
    bad.write_bytes(raw)
    assert judged(bad) == ("edited", ("records.jsonl", None))
    assert alone(bad)[0] == 1


def test_very_many_added_lines_are_not_counted_to_their_end(full, tmp_path):
    members = taken_apart(full)
    members["records.jsonl"] += b"{}\n" * 5000
    bad = put_together(tmp_path / "bad.zip", members)
    assert judged(bad) == ("inserted", ("records.jsonl", 3))
    assert alone(bad)[0] == 1


def test_a_checkpoint_of_another_trail_given_is_told(full):
    other = Checkpoint("cxone-audit/other", 3, bytes(32)).signed([KEY])
    assert judged(full, against=other)[0] == "forked"


def test_a_bundle_without_a_key_in_it_is_proven_by_the_one_given(full, tmp_path):
    members = taken_apart(full)
    del members["untrusted-vkey.txt"]
    path = put_together(tmp_path / "x.zip", members)
    assert (judged(path), alone(path)[0]) == (("intact", None), 0)
    assert judged(path, None) == ("other-key", None)
    assert alone(path, None)[0] == 1


def test_a_kept_checkpoint_that_nobody_known_signed_is_told(full, tmp_path):
    members = taken_apart(full)
    kept = members["seals/checkpoint.5"]
    members["seals/checkpoint.5"] = kept[:-12] + b"AAAAAAAAA==\n"
    path = put_together(tmp_path / "x.zip", members)
    assert judged(path) == ("no-checkpoint", ("seals/checkpoint.5", None))
    assert alone(path)[0] == 1
    report = BundleVerifier(path, Memory(), Demands(KEY.verifier)).run()
    assert report.summary.startswith("seals/checkpoint.5: ")
    assert report.proved == (report.why,)


def test_whatever_breaks_the_file_handed_out_is_no_proof(full, monkeypatch):
    monkeypatch.setattr(ALONE.Judge, "files", lambda self: 1 / 0)
    code, text = alone(full)
    assert code == 1
    assert "a check broke off (ZeroDivisionError)" in text


def test_the_jobs_that_records_name_are_gathered_for_the_history(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    trail.files[day(2)] += [
        record_line(START, "X", {"jobId": 7}),
        b'{"payload": ["jobId"], "compliance_hash": 1}\n',
        b'"jobId" no record\n',
        record_line(START, "X", {"other": "job-1"}),
    ]
    trail.write().seal()
    jobs: set[str] = set()
    SealedTrail(counted(trail.folder), None).choose(range(5, 19), job_ids=jobs)
    assert jobs == {f"job-{number}" for number in (6, 7, 8, 9, 11, 12, 13, 14)} | {"job-10"} - {
        "job-10"
    }


def test_what_goes_along_is_left_out_where_it_is_not_as_sealed(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    sealed = SealedTrail(counted(trail.folder), None)
    assert list(sealed.sealed([3, 99]).indices) == [3]
    trail.files[day(1)][0] = rehashed(trail.files[day(1)][0], tree=None)
    trail.write()
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6])
    members = taken_apart(path)
    assert [line.split(b"\t")[0] for line in members["context.tsv"].splitlines()] == [b"10"]
    assert judged(path) == ("intact", None)


def test_a_damaged_trail_without_tiles_proves_no_single_record(tmp_path):
    trail = sealed_trail(tmp_path / "trail", tiles=False)
    trail.files[day(1)][2] = rehashed(trail.files[day(1)][2], priority=99)
    trail.write()
    with pytest.raises(Refusal, match="its tiles are of no use"):
        SealedTrail(counted(trail.folder), None)


def test_two_records_of_the_same_bytes_are_each_proved_at_a_place_of_their_own(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    twin = record_line(START, "X", {})
    trail.files[day(2)] += [twin, twin, twin]
    trail.write().seal()
    del trail.files[day(2)][1]
    trail.write()
    path = make_bundle(trail.folder, tmp_path / "e.zip", [14, 15, 16])
    assert judged(path) == ("intact", None)


def test_a_statement_about_a_file_that_is_no_digest_goes_into_no_list(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    previous = {"file": day(1), "records": 5, "bytes": 1, "sha256": "0\n../../x"}
    trail.files[day(2)][0] = rehashed(trail.files[day(2)][0], previous=previous)
    trail.write().seal()
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6])
    assert taken_apart(path)["files.sha256"].count(b"\n") == 1
    assert judged(path)[0] == "intact"


def test_a_trail_of_one_file_has_no_digest_of_a_file_to_tell(tmp_path):
    trail = sealed_trail(tmp_path / "trail", (4,))
    path = make_bundle(trail.folder, tmp_path / "e.zip", [2])
    assert "files.sha256" not in taken_apart(path)
    assert (judged(path), alone(path)[0]) == (("intact", None), 0)


def test_a_large_member_is_written_in_pieces_and_read_back_whole(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    import random

    noise = random.Random(7).randbytes(1_500_000).hex()
    trail.files[day(2)].append(record_line(START, "X", {"noise": noise}))
    trail.write().seal()
    path = make_bundle(trail.folder, tmp_path / "e.zip", [15])
    assert taken_apart(path)["records.jsonl"] == trail.lines[15]
    assert (judged(path), alone(path)[0]) == (("intact", None), 0)


def test_a_bundle_that_is_told_of_by_search_has_the_place_of_every_line(full, tmp_path):
    members = taken_apart(full)
    members["records.tsv"] = b"6\t-\t0\n"
    reader = BundleReader.unpacked(put_together(tmp_path / "x.zip", members), Memory())
    reader.count()
    first, second = (reader.place(reader.files[0], number) for number in (0, 1))
    assert (first.index, first.file, first.line) == (6, "records.jsonl", 1)
    assert (second.index, second.file, second.line) == (1, "records.jsonl", 2)


def test_the_place_of_a_trails_record_is_its_file_and_line(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    reader = SealedReader.look(trail.folder, Memory())
    reader.count()
    [(file, number, _)] = reader.lines([7])
    place = reader.place(file, number)
    assert (place.index, place.file, place.line) == (7, day(1), 3)


def test_a_list_of_members_that_is_damaged_makes_it_no_bundle(full, tmp_path):
    raw = bytearray(full.read_bytes())
    raw[raw.find(b"PK\x01\x02")] = 0
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    assert judged(bad) == ("unusable", None)
    assert alone(bad)[0] == 2


def test_an_error_that_is_none_of_the_zips_passes_through(full, monkeypatch):
    def broken(self):
        raise MemoryError

    monkeypatch.setattr(BundleMembers, "_in_zip", broken)
    with pytest.raises(MemoryError):
        BundleMembers(full)
    with pytest.raises(MemoryError):
        BundleReader.unpacked(full, Memory())


def test_a_disk_that_cannot_be_written_while_unpacking_is_told(tmp_path, monkeypatch):
    path = bundle_with_values(tmp_path)

    def full_disk(self, *args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("console.store.evidence_reader.Path.open", full_disk)
    with pytest.raises(EnvironmentProblem, match="could not be unpacked"):
        BundleReader.unpacked(path, Memory())
    assert Demands().rule is None
