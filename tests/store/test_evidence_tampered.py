"""Every way to tamper with an evidence bundle, judged by the console and by the file handed out."""

import base64
import json

import pytest

from console.domain.audit import record_line
from console.domain.tlog.checkpoint import Checkpoint
from tests.store.bundles import (
    alone,
    judged,
    make_bundle,
    put_together,
    sample,
    taken_apart,
    written,
)
from tests.store.sealed import KEY, ORIGIN, OTHER, START, rehashed, sealed_trail


def edited_payload(m):
    m["records.jsonl"] = m["records.jsonl"].replace(b'"priority": ', b'"priority": 1', 1)


def rehashed_payload(m):
    first, rest = m["records.jsonl"].split(b"\n", 1)
    m["records.jsonl"] = rehashed(first, priority=99) + rest


def edited_time(m):
    m["records.jsonl"] = m["records.jsonl"].replace(b"T07:", b"T08:", 1)


def added_record(m):
    m["records.jsonl"] += record_line(START, "WORKFLOW_TRIGGERED", {"jobId": "job-99"})


def added_with_a_place(m):
    added_record(m)
    m["records.tsv"] += b"13\t-\t0\n"


def added_with_the_proof_of_another(m):
    added_with_a_place(m)
    m["proof/13.tlog-proof"] = m["proof/12.tlog-proof"].replace(b"index 12", b"index 13")


def removed_record(m):
    m["records.jsonl"] = m["records.jsonl"].split(b"\n", 1)[1]


def removed_with_its_place(m):
    removed_record(m)
    m["records.tsv"] = m["records.tsv"].split(b"\n", 1)[1]


def removed_everything(m):
    for name in [name for name in m if name.startswith("proof/")]:
        del m[name]
    for name in ("records.jsonl", "records.tsv", "context.jsonl", "context.tsv"):
        m[name] = b""


def swapped_records(m):
    lines = m["records.jsonl"].splitlines(keepends=True)
    m["records.jsonl"] = b"".join([lines[1], lines[0], *lines[2:]])


def twice_the_same(m):
    for kind in ("jsonl", "tsv"):
        lines = m[f"records.{kind}"].splitlines(keepends=True)
        lines.insert(3, m[f"context.{kind}"].splitlines(keepends=True)[-1])
        m[f"records.{kind}"] = b"".join(lines)


def swapped_proofs(m):
    m["proof/6.tlog-proof"], m["proof/7.tlog-proof"] = (
        m["proof/7.tlog-proof"], m["proof/6.tlog-proof"],
    )  # fmt: skip


def proof_gone(m):
    del m["proof/7.tlog-proof"]


def proof_with_a_hash_more(m):
    m["proof/7.tlog-proof"] = m["proof/7.tlog-proof"].replace(
        b"\n\n", b"\n" + base64.b64encode(bytes(32)) + b"\n\n", 1
    )


def proof_under_another_checkpoint(m):
    m["proof/7.tlog-proof"] = (
        m["proof/7.tlog-proof"].partition(b"\n\n")[0]
        + b"\n\n"
        + (Checkpoint(ORIGIN, 15, bytes(32)).signed([KEY]))
    )


def proof_with_spare_base64_bits(m):
    head, blank, note = m["proof/7.tlog-proof"].partition(b"\n\n")
    lines = head.split(b"\n")
    lines[-1] = lines[-1][:-2] + bytes([lines[-1][-2] + 1]) + b"="
    m["proof/7.tlog-proof"] = b"\n".join(lines) + blank + note


def other_file_claimed(m):
    m["records.tsv"] = m["records.tsv"].replace(b"20260602", b"20260609", 1)


def other_line_claimed(m):
    first = m["records.tsv"].split(b"\n", 1)[0]
    assert first.endswith(b"\t2")
    m["records.tsv"] = m["records.tsv"].replace(b"\t2\n", b"\t3\n", 1)


def index_moved(m):
    m["records.tsv"] = m["records.tsv"].replace(b"12\t", b"13\t", 1)


def index_outside(m):
    m["records.tsv"] = m["records.tsv"].replace(b"12\t", b"12345\t", 1)


def index_beyond_all_numbers(m):
    m["records.tsv"] = m["records.tsv"].replace(b"12\t", b"18446744073709551616\t", 1)


def indices_fall(m):
    m["records.tsv"] = b"".join(reversed(m["records.tsv"].splitlines(keepends=True)))


def checkpoint_of_another_root(m):
    lines = m["checkpoint"].split(b"\n")
    lines[2] = base64.b64encode(bytes(32))
    m["checkpoint"] = b"\n".join(lines)


def checkpoint_of_another_size(m):
    m["checkpoint"] = m["checkpoint"].replace(b"\n15\n", b"\n16\n", 1)


def signed_by_another(m):
    m["checkpoint"] = resigned(m["checkpoint"], OTHER)
    m["untrusted-vkey.txt"] = f"{OTHER.verifier.text}\n".encode()
    for name in m:
        if name.startswith("proof/"):
            m[name] = m[name].partition(b"\n\n")[0] + b"\n\n" + m["checkpoint"]


def signed_by_another_beside_the_kept_one_signed_by_both(m):
    """Anybody can put a second signature under a checkpoint: that hands over nothing."""
    signed_by_another(m)
    kept = m["seals/checkpoint.10"]
    m["seals/checkpoint.10"] = kept + resigned(kept, OTHER).split(b"\n\n")[1]
    m["untrusted-vkey.txt"] += f"{KEY.verifier.text}\n".encode()


def malleable_signature(m):
    """S + L instead of S: the same equation holds, and RFC 8032 refuses it."""
    head, dash, encoded = m["checkpoint"].rstrip(b"\n").rpartition(b" ")
    raw = base64.b64decode(encoded)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(raw[36:], "little") + order
    m["checkpoint"] = head + dash + base64.b64encode(raw[:36] + s.to_bytes(32, "little")) + b"\n"
    for name in m:
        if name.startswith("proof/"):
            m[name] = m[name].partition(b"\n\n")[0] + b"\n\n" + m["checkpoint"]


def garbage_for_a_checkpoint(m):
    m["checkpoint"] = b"\xff\0" * 50


def unsigned_checkpoint(m):
    m["checkpoint"] = m["checkpoint"].partition(b"\n\n")[0] + b"\n"


def kept_checkpoint_of_another_trail(m):
    m["seals/checkpoint.10"] = Checkpoint(ORIGIN, 10, bytes(32)).signed([KEY])


def kept_checkpoint_without_proof(m):
    del m["seals/consistency.10"]


def kept_checkpoint_under_another_size(m):
    m["seals/checkpoint.9"] = m.pop("seals/checkpoint.10")
    m["seals/consistency.9"] = m.pop("seals/consistency.10").replace(b"old 10", b"old 9")


def digest_of_a_file_changed(m):
    m["files.sha256"] = b"0" * 64 + m["files.sha256"][64:]


def digest_of_a_file_added(m):
    m["files.sha256"] += b"0" * 64 + b"  workflow_audit_20260701.jsonl\n"


def context_edited(m):
    m["context.jsonl"] = m["context.jsonl"].replace(b'"records": 5', b'"records": 6', 1)


def no_line_end(m):
    m["records.jsonl"] = m["records.jsonl"][:-1]


def manifest_is_no_json(m):
    m["manifest.json"] = b"[" * 200_000


def resigned(note, key):
    lines = note.split(b"\n")
    root = base64.b64decode(lines[2])
    return Checkpoint(lines[0].decode(), int(lines[1]), root).signed([key])


R, C = "records.jsonl", "context.jsonl"
TAMPERED = [
    (edited_payload, "edited", (R, 1)),
    (rehashed_payload, "edited", (R, 1)),
    (edited_time, "edited", (R, 1)),
    (added_record, "inserted", (R, 5)),
    (added_with_a_place, "inserted", (R, 5)),
    (added_with_the_proof_of_another, "edited", (R, 5)),
    (removed_record, "missing", (R, 1)),
    (removed_with_its_place, "missing", (R, None)),
    (removed_everything, "missing", (R, None)),
    (swapped_records, "edited", (R, 1)),
    (twice_the_same, "inserted", (R, None)),
    (swapped_proofs, "edited", (R, 1)),
    (proof_gone, "inserted", (R, 2)),
    (proof_with_a_hash_more, "edited", (R, 2)),
    (proof_under_another_checkpoint, "edited", (R, 2)),
    (proof_with_spare_base64_bits, "edited", (R, 2)),
    (other_file_claimed, "edited", ("records.tsv", None)),
    (other_line_claimed, "edited", ("records.tsv", None)),
    (index_moved, "inserted", (R, 4)),
    (index_outside, "inserted", (R, 4)),
    (index_beyond_all_numbers, "unreadable", (R, None)),
    (indices_fall, "unreadable", (R, None)),
    (checkpoint_of_another_root, "no-checkpoint", (R, 1)),
    (checkpoint_of_another_size, "no-checkpoint", (R, 1)),
    (signed_by_another, "other-key", None),
    (signed_by_another_beside_the_kept_one_signed_by_both, "other-key", None),
    (malleable_signature, "no-checkpoint", None),
    (garbage_for_a_checkpoint, "no-checkpoint", None),
    (unsigned_checkpoint, "no-checkpoint", None),
    (kept_checkpoint_of_another_trail, "forked", ("seals/checkpoint.10", None)),
    (kept_checkpoint_without_proof, "unreadable", ("seals/checkpoint.10", None)),
    (kept_checkpoint_under_another_size, "forked", ("seals/checkpoint.9", None)),
    (digest_of_a_file_changed, "edited", ("files.sha256", None)),
    (digest_of_a_file_added, "edited", ("files.sha256", None)),
    (context_edited, "edited", (C, 1)),
    (no_line_end, "unreadable", (R, None)),
    (manifest_is_no_json, "unreadable", ("manifest.json", None)),
]


@pytest.mark.parametrize(
    ("tamper", "verdict", "place"), TAMPERED, ids=[t[0].__name__ for t in TAMPERED]
)
def test_a_tampered_bundle_has_its_verdict_and_the_handed_out_file_says_no(
    tmp_path, tamper, verdict, place
):
    members = taken_apart(sample(tmp_path))
    tamper(members)
    fits = tamper is not manifest_is_no_json
    path = put_together(tmp_path / "tampered.zip", members, manifest=fits)
    assert judged(path) == (verdict, place)
    assert alone(path)[0] == 1, alone(path)[1]
    folder = written(members, tmp_path / "unpacked")
    if fits:
        (folder / "manifest.json").write_bytes(taken_apart(path)["manifest.json"])
    assert judged(folder) == (verdict, place)
    assert alone(folder)[0] == 1


@pytest.mark.parametrize("name", ["README.txt", "verify.py", "untrusted-vkey.txt", "records.tsv"])
def test_a_member_that_the_manifest_does_not_fit_is_told(tmp_path, name):
    members = taken_apart(sample(tmp_path))
    members[name] += b"# more\n" if name != "records.tsv" else b""
    if name == "records.tsv":
        members["manifest.json"] = members["manifest.json"].replace(b'"sha256": "', b'"sha256": "0')
    path = put_together(tmp_path / "changed.zip", members, manifest=False)
    assert judged(path)[0] == "edited"
    assert alone(path)[0] == 1


def test_a_member_that_is_gone_or_that_the_manifest_does_not_name_is_told(tmp_path):
    members = taken_apart(sample(tmp_path))
    del members["verify.py"]
    path = put_together(tmp_path / "fewer.zip", members, manifest=False)
    assert judged(path) == ("missing", ("verify.py", None))
    assert alone(path)[0] == 1
    (tmp_path / "again").mkdir()
    members = taken_apart(sample(tmp_path / "again"))
    members["queue/jobs.jsonl"] = b"{}\n"
    path = put_together(tmp_path / "more.zip", members, manifest=False)
    assert judged(path) == ("inserted", ("queue/jobs.jsonl", None))
    assert alone(path)[0] == 1


def test_a_bundle_of_one_shared_proof_names_no_line_but_never_holds_when_changed(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("console.domain.evidence.MAX_SINGLE", 3)
    good = sample(tmp_path)
    members = taken_apart(good)
    assert "proof/shared-proof" in members
    assert not any(name.endswith(".tlog-proof") for name in members)
    assert (judged(good), alone(good)[0]) == (("intact", None), 0)
    for change in (
        edited_time, swapped_records, index_moved, removed_with_its_place, checkpoint_of_another_size
    ):  # fmt: skip
        changed = dict(members)
        change(changed)
        path = put_together(tmp_path / "changed.zip", changed)
        assert judged(path)[0] != "intact"
        assert alone(path)[0] == 1
    for proof in (b"", members["proof/shared-proof"][:-1], members["proof/shared-proof"][32:],
                  members["proof/shared-proof"] + bytes(32)):  # fmt: skip
        path = put_together(tmp_path / "changed.zip", members | {"proof/shared-proof": proof})
        assert judged(path) == ("edited", (R, None))
        assert alone(path)[0] == 1
    path = put_together(
        tmp_path / "changed.zip", {n: m for n, m in members.items() if n != "proof/shared-proof"}
    )
    assert judged(path)[0] == "inserted"
    assert alone(path)[0] == 1


def test_a_record_that_was_sealed_with_a_wrong_hash_is_told_although_its_proof_holds(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    name = sorted(trail.files)[1]
    trail.files[name][2] = trail.files[name][2].replace(b'"priority": ', b'"priority": 1', 1)
    trail.write().seal()
    path = make_bundle(trail.folder, tmp_path / "evidence.zip", [7, 8])
    assert judged(path) == ("edited", (R, 1))
    assert "does not have its hash" in alone(path)[1]


def test_without_a_key_nobody_calls_it_proven(tmp_path):
    path = sample(tmp_path)
    code, text = alone(path, None)
    assert code == 3
    assert "UNCONFIRMED" in text
    assert "PROVEN," not in text
    assert alone(path, OTHER.verifier.text)[0] == 1
    assert judged(path, OTHER.verifier) == ("other-key", None)
    assert judged(path, None) == ("intact", None)


def test_a_forger_with_a_key_of_his_own_is_never_proven_under_the_owners(tmp_path):
    trail = sealed_trail(tmp_path / "trail", signers=(OTHER,))
    path = make_bundle(trail.folder, tmp_path / "forged.zip", [3])
    assert judged(path) == ("other-key", None)
    assert alone(path)[0] == 1
    assert alone(path, None)[0] == 3


def test_a_key_change_counts_where_a_trusted_key_sealed_the_record_of_it(tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    change = {"from": KEY.verifier.text, "to": OTHER.verifier.text, "signedByBoth": True}
    name = max(trail.files)
    trail.files[name].append(record_line(START, "AUDIT_KEY_CHANGED", change))
    trail.write().seal((KEY, OTHER), vkeys=(OTHER, KEY))
    (trail.folder / "seal" / "checkpoint.16").write_bytes(
        (trail.folder / "seal" / "checkpoint").read_bytes()
    )
    trail.files[name].append(record_line(START, "CONSOLE_STOPPED", {}))
    trail.write().seal((OTHER,), vkeys=(OTHER, KEY))
    path = make_bundle(trail.folder, tmp_path / "evidence.zip", [16])
    code, text = alone(path)
    assert (code, judged(path)) == (0, ("intact", None)), text
    assert "was followed by" in text
    members = taken_apart(path)
    del members["seals/checkpoint.16"], members["seals/consistency.16"]
    path = put_together(tmp_path / "without.zip", members)
    assert (alone(path)[0], judged(path)) == (1, ("other-key", None))


def test_a_manifest_is_listed_with_every_other_member_and_says_that_nothing_is_signed(tmp_path):
    members = taken_apart(sample(tmp_path))
    manifest = json.loads(members["manifest.json"])
    assert [one["name"] for one in manifest["members"]] == list(members)[:-1]
    assert "Nothing in this file is signed" in manifest["notice"]
    assert (manifest["records"], manifest["size"], manifest["valuesDisclosed"]) == (4, 15, False)
