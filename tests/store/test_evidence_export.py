"""What goes into an evidence bundle, what is refused, and that it is complete or not there."""

import base64
import hashlib
import json
import os
import stat
import subprocess
import zipfile

import pytest

from console.domain.audit import record_line
from console.domain.audit_view import Stopped
from console.domain.errors import BadInput, EnvironmentProblem, Refusal
from console.domain.tlog.proof_file import parse_proof_file
from console.store.evidence_choice import SealedTrail
from console.store.evidence_export import Handed, write_bundle
from console.store.evidence_reader import BundleReader, judge_bundle
from console.store.pins import PinBook
from console.store.sealed_reader import SealedReader
from console.store.trail_files import NotATrail
from console.store.trail_verify import Demands, Memory
from tests.store.bundles import (
    alone,
    bundle_with_values,
    counted,
    judged,
    make_bundle,
    put_together,
    sample,
    taken_apart,
)
from tests.store.sealed import KEY, OTHER, START, day, rehashed, sealed_trail, verify


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "trail")


def test_records_go_in_as_they_stand_in_the_order_of_the_trail(trail, tmp_path):
    members = taken_apart(make_bundle(trail.folder, tmp_path / "e.zip", [12, 6, 7]))
    assert members["records.jsonl"] == b"".join(trail.lines[at] for at in (6, 7, 12))
    assert members["records.tsv"].decode().splitlines() == [
        f"6\t{day(1)}\t2",
        f"7\t{day(1)}\t3",
        f"12\t{day(2)}\t3",
    ]
    assert members["context.jsonl"] == trail.lines[5] + trail.lines[10]
    assert members["checkpoint"] == (trail.folder / "seal" / "checkpoint").read_bytes()
    proof = parse_proof_file(members["proof/7.tlog-proof"])
    assert (proof.index, proof.checkpoint) == (7, members["checkpoint"])


def test_the_same_records_give_the_same_bytes_for_one_account(trail, tmp_path):
    one = make_bundle(trail.folder, tmp_path / "one.zip", [6, 7])
    two = make_bundle(trail.folder, tmp_path / "two.zip", [7, 6])
    assert one.read_bytes() == two.read_bytes()
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    with zipfile.ZipFile(one) as archive:
        infos = archive.infolist()
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.external_attr >> 16 for info in infos} == {stat.S_IFREG | 0o600}
    assert subprocess.run(["unzip", "-tq", one], check=False, capture_output=True).returncode == 0


def test_every_kept_checkpoint_goes_along_with_the_proof_that_the_trail_grew_from_it(
    trail, tmp_path
):
    (trail.folder / "seal" / "checkpoint.3").write_bytes(b"no checkpoint")
    members = taken_apart(make_bundle(trail.folder, tmp_path / "e.zip", [6]))
    seals = [name for name in members if name.startswith("seals/")]
    assert seals == [
        "seals/checkpoint.5",
        "seals/consistency.5",
        "seals/checkpoint.10",
        "seals/consistency.10",
    ]
    assert members["seals/consistency.10"].startswith(b"old 10\n")


def test_the_key_in_the_bundle_says_of_itself_that_it_is_not_to_be_trusted(trail, tmp_path):
    members = taken_apart(make_bundle(trail.folder, tmp_path / "e.zip", [6]))
    text = members["untrusted-vkey.txt"].decode()
    assert text.startswith("# NOT TO BE TRUSTED BECAUSE IT LIES HERE.")
    assert text.splitlines()[-1] == KEY.verifier.text


def test_files_are_named_by_the_digest_that_a_sealed_record_states(trail, tmp_path):
    members = taken_apart(make_bundle(trail.folder, tmp_path / "e.zip", [6]))
    told = dict(line.split("  ")[::-1] for line in members["files.sha256"].decode().splitlines())
    assert set(told) == {day(0), day(1)}
    for name, digest in told.items():
        assert hashlib.sha256((trail.folder / name).read_bytes()).hexdigest() == digest
    newest = taken_apart(make_bundle(trail.folder, tmp_path / "n.zip", [0, 1, 13]))
    assert b"context" not in newest["context.jsonl"]
    everything = taken_apart(make_bundle(trail.folder, tmp_path / "all.zip"))
    assert everything["context.jsonl"] == b""
    assert len(everything["files.sha256"].splitlines()) == 2


@pytest.mark.parametrize("many", [False, True])
def test_every_way_of_choosing_is_proven_by_both(tmp_path, monkeypatch, many):
    if many:
        monkeypatch.setattr("console.domain.evidence.MAX_SINGLE", 0)
    trail = sealed_trail(tmp_path / "trail", (3, 300, 1))
    for number, chosen in enumerate([[0], [306], range(307), range(5, 290, 7), [3, 4, 303, 304]]):
        path = make_bundle(trail.folder, tmp_path / f"{number}.zip", chosen)
        assert judged(path) == ("intact", None)
        assert alone(path)[0] == 0


def test_tiles_that_are_gone_or_damaged_are_made_good_by_the_lines(tmp_path):
    without = sealed_trail(tmp_path / "without", (4, 600, 4), tiles=False)
    assert judged(make_bundle(without.folder, tmp_path / "a.zip", [3, 500])) == ("intact", None)
    for index, at in ((0, 500), (1, 3), (0, 3), (1, 500)):
        damaged = sealed_trail(tmp_path / f"damaged{index}{at}", (4, 600, 4))
        tile = damaged.folder / "seal" / "tile" / "0" / f"00{index}"
        tile.write_bytes(bytes(len(tile.read_bytes())))
        path = make_bundle(damaged.folder, tmp_path / "b.zip", [at])
        assert judged(path) == ("intact", None)


def test_a_tile_that_is_damaged_outside_of_what_was_chosen_is_found_while_writing(tmp_path):
    trail = sealed_trail(tmp_path / "trail", (4, 700, 4))
    sealed = SealedTrail(counted(trail.folder), None)
    chosen = sealed.choose([3])
    tile = trail.folder / "seal" / "tile" / "0" / "001"
    tile.unlink()
    out = tmp_path / "e.zip"
    write_bundle(sealed, chosen, out, Handed("now", "op", "p", "s", "text", b""))
    assert judged(out) == ("intact", None)


def test_a_trail_without_a_seal_is_refused_because_a_bundle_would_prove_nothing(tmp_path):
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / day(0)).write_bytes(record_line(START, "X", {}))
    with pytest.raises(Refusal, match=r"would prove nothing\. It has no seal"):
        SealedTrail(counted(folder), None)
    single = counted(folder / day(0))
    with pytest.raises(Refusal, match="would prove nothing"):
        SealedTrail(single, None)


def test_a_checkpoint_that_does_not_count_is_refused_with_its_reason(trail):
    (trail.folder / "seal" / "vkey").write_text(OTHER.verifier.text)
    with pytest.raises(Refusal, match="signed by none of the keys"):
        SealedTrail(counted(trail.folder), None)


def test_a_record_that_is_not_as_sealed_is_refused_and_others_are_proved_where_they_moved_to(
    trail, tmp_path
):
    trail.files[day(1)][2] = rehashed(trail.files[day(1)][2], priority=99)
    del trail.files[day(1)][3]
    trail.write()
    with pytest.raises(Refusal, match="Record 7 is not as sealed"):
        make_bundle(trail.folder, tmp_path / "e.zip", [6, 7])
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6, 8, 11])
    assert judged(path) == ("intact", None)
    members = taken_apart(path)
    assert [line.split("\t")[0] for line in members["records.tsv"].decode().splitlines()] == [
        "6",
        "9",
        "12",
    ]
    assert members["records.tsv"].decode().splitlines()[1] == "9\t-\t0"
    assert alone(path)[0] == 0


def test_a_record_that_stands_there_twice_is_proved_once_only(trail, tmp_path):
    trail.files[day(2)].append(trail.files[day(2)][4])
    trail.write()
    with pytest.raises(Refusal, match="in no checkpoint yet"):
        make_bundle(trail.folder, tmp_path / "e.zip", [14, 15])


def test_nothing_chosen_and_far_too_much_are_told(trail, tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="No record passes"):
        make_bundle(trail.folder, tmp_path / "e.zip", [])
    monkeypatch.setattr("console.store.evidence_choice.MAX_RECORDS", 3)
    with pytest.raises(BadInput, match="at most 3 records"):
        make_bundle(trail.folder, tmp_path / "e.zip", range(4))
    monkeypatch.setattr("console.store.evidence_choice.MAX_RECORD", 3)
    with pytest.raises(Refusal, match="too long"):
        make_bundle(trail.folder, tmp_path / "e.zip", [1])
    assert list(tmp_path.glob("*.zip")) == []


def test_a_full_disk_or_a_cancelled_export_leaves_what_stood_there(trail, tmp_path, monkeypatch):
    out = tmp_path / "e.zip"
    out.write_bytes(b"yesterday")
    sealed = SealedTrail(counted(trail.folder), None)
    with pytest.raises(Stopped):
        sealed.choose([6], cancelled=lambda: True)
    chosen = sealed.choose([6])
    handed = Handed("now", "op", "p", "s", "text", b"")
    with pytest.raises(Stopped):
        write_bundle(sealed, chosen, out, handed, cancelled=lambda: True)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentProblem, match="disk is full"):
        write_bundle(sealed, chosen, out, handed)
    monkeypatch.undo()
    (trail.folder / day(1)).write_bytes(
        (trail.folder / day(1)).read_bytes().replace(b"job-6", b"job-X")
    )
    with pytest.raises(EnvironmentProblem, match="changed while it was exported"):
        write_bundle(sealed, chosen, out, handed)
    with pytest.raises(BadInput, match="lies in the trail itself"):
        write_bundle(sealed, chosen, trail.folder / "e.zip", handed)
    assert out.read_bytes() == b"yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.zip", "trail"]


def test_values_that_are_disclosed_are_proved_by_the_sealed_digest(tmp_path):
    path = bundle_with_values(tmp_path)
    assert judged(path) == ("intact", None)
    code, text = alone(path)
    assert (code, "values disclosed of 1 jobs are the ones that were sealed" in text) == (0, True)
    members = taken_apart(path)
    other = members | {"disclosed/j-1.body": b'{"a": 2}'}
    path = put_together(tmp_path / "other.zip", other)
    assert judged(path) == ("edited", ("disclosed/j-1.body", None))
    assert alone(path)[0] == 1
    of_another = dict(members)
    for part in ("salt", "body"):
        of_another[f"disclosed/j-2.{part}"] = of_another.pop(f"disclosed/j-1.{part}")
    path = put_together(tmp_path / "another.zip", of_another)
    assert judged(path) == ("edited", ("disclosed/j-2.body", None))
    assert alone(path)[0] == 1
    del members["disclosed/j-1.salt"]
    path = put_together(tmp_path / "half.zip", members)
    assert judged(path)[0] == "edited"
    assert alone(path)[0] == 1


def test_a_history_that_was_sealed_cannot_be_changed_and_one_that_was_not_is_called_a_word(
    tmp_path,
):
    history = b'{"jobId": "j-1"}\n'
    trail = sealed_trail(tmp_path / "trail")
    path = make_bundle(trail.folder, tmp_path / "open.zip", [6], history=history)
    assert "sealed by nothing" in alone(path)[1]
    digest = hashlib.sha256(history).hexdigest()
    trail.files[day(2)].append(record_line(START, "AUDIT_EXPORTED", {"historySha256": digest}))
    trail.write().seal()
    sealed = SealedTrail(counted(trail.folder), None)
    sealed.witnesses.add(15)
    path = tmp_path / "sealed.zip"
    handed = Handed("now", "op", "p", "s", "text", b"", history=history)
    write_bundle(sealed, sealed.choose([6]), path, handed)
    assert (judged(path), alone(path)[0]) == (("intact", None), 0)
    assert "sealed when the bundle was made" in alone(path)[1]
    members = taken_apart(path) | {"queue/jobs.jsonl": b'{"jobId": "j-2"}\n'}
    changed = put_together(tmp_path / "changed.zip", members)
    assert judged(changed) == ("edited", ("queue/jobs.jsonl", None))
    assert alone(changed)[0] == 1


def test_a_checkpoint_from_elsewhere_is_compared_where_the_bundle_has_its_size(trail, tmp_path):
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6])
    kept = (trail.folder / "seal" / "checkpoint.10").read_bytes()
    assert judged(path, against=kept)[0] == "intact"
    forged = sealed_trail(tmp_path / "other", (4, 4, 4, 4))
    forged.files[day(0)][1] = rehashed(forged.files[day(0)][1], priority=99)
    forged.write().seal(keep=[10])
    elsewhere = (forged.folder / "seal" / "checkpoint.10").read_bytes()
    assert judged(path, against=elsewhere)[0] == "forked"
    assert judged(path, against=(forged.folder / "seal" / "checkpoint").read_bytes())[0] == "intact"
    assert judged(path, against=b"nothing")[0] == "unusable"
    other = sealed_trail(tmp_path / "o", signers=(OTHER,))
    note = (other.folder / "seal" / "checkpoint").read_bytes()
    assert judged(path, against=note)[0] == "other-key"


def test_what_this_computer_remembers_of_the_trail_counts_for_its_bundles(trail, tmp_path):
    state = tmp_path / "state"
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6])
    memory = Memory(PinBook(state))
    report = judge_bundle(path, memory, Demands())
    assert (report.key_trust, report.pinned) == ("folder", None)
    assert not (state / "pins").exists(), "a bundle is no reason to remember anything"
    verify(trail.folder, state)
    report = judge_bundle(path, memory, Demands())
    assert (report.key_trust, report.intact) == ("pinned", True)
    assert "key" in {item.code for item in report.not_proven}
    forged = sealed_trail(tmp_path / "forged", signers=(OTHER,))
    path = make_bundle(forged.folder, tmp_path / "f.zip", [6])
    assert judge_bundle(path, memory, Demands()).verdict == "other-key"
    trail.files[day(0)][1] = rehashed(trail.files[day(0)][1], priority=99)
    trail.write().seal()
    path = make_bundle(trail.folder, tmp_path / "g.zip", [6])
    assert judge_bundle(path, memory, Demands()).verdict == "forked"


def test_a_bundle_opens_as_its_records_each_where_it_stood(trail, tmp_path):
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6, 7, 12])
    before = path.read_bytes()
    reader = SealedReader.look(path, Memory())
    assert isinstance(reader, BundleReader)
    newest = reader.newest(10)
    assert [row.job_id for row in newest] == ["job-12", "job-7", "job-6"]
    assert reader.count() == 3
    rows = reader.rows(range(3))
    assert [(row.file, row.line) for row in rows] == [(day(1), 2), (day(1), 3), (day(2), 3)]
    report = reader.verify()
    assert report.summary.startswith("Intact: 3 records are byte for byte as sealed")
    assert [str(row.verdict) for row in reader.rows(range(3))] == ["intact"] * 3
    detail = reader.detail(2)
    assert detail is not None
    assert (detail.row.file, detail.row.line) == (day(2), 3)
    assert reader.detail(7) is None
    assert (reader.refresh().added, reader.refresh().replaced) == (0, False)
    assert path.read_bytes() == before
    [unpacked] = {file.path.parent for file in reader.files}
    assert stat.S_IMODE(unpacked.stat().st_mode) == 0o700
    make_bundle(trail.folder, path, [6])
    assert reader.refresh().replaced
    del reader, rows, detail
    assert not unpacked.exists()


def test_a_record_added_to_a_bundle_is_shown_with_its_verdict(trail, tmp_path):
    members = taken_apart(make_bundle(trail.folder, tmp_path / "e.zip", [6, 7]))
    members["records.jsonl"] += record_line(START, "X", {"jobId": "job-99"})
    path = put_together(tmp_path / "added.zip", members)
    reader = SealedReader.look(path, Memory())
    reader.count()
    assert reader.verify().verdict == "inserted"
    rows = reader.rows(range(3))
    assert [str(row.verdict) for row in rows] == ["intact", "intact", "inserted"]
    assert rows[2].file == "records.jsonl"


def test_a_bundle_that_cannot_be_unpacked_says_why(trail, tmp_path, monkeypatch):
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6])
    members = taken_apart(path)
    bad = put_together(tmp_path / "bad.zip", members | {"records.tsv": b"nonsense\n"})
    with pytest.raises(NotATrail, match="not: index, file, line"):
        SealedReader.look(bad, Memory())

    def full(self, *args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("console.store.evidence_reader.Path.open", full)
    with pytest.raises(EnvironmentProblem, match="could not be unpacked"):
        SealedReader.look(path, Memory())


def test_the_hash_rule_alone_can_be_asked_of_a_bundle_too(trail, tmp_path):
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6, 7])
    report = judge_bundle(path, Memory(), Demands(rule="hash"))
    assert (report.rule, report.intact, report.records) == ("hash", True, 2)


def test_the_manifest_says_what_was_chosen(tmp_path):
    members = taken_apart(sample(tmp_path, selection="job j-1"))
    manifest = json.loads(members["manifest.json"])
    assert (manifest["selection"], manifest["madeBy"]) == ("job j-1", "op-north")
    assert base64.b64decode(manifest["root"])
    assert "Chosen by   job j-1" in members["README.txt"].decode()
