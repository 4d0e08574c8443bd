"""Somebody else's trail, copied into an empty one and gone on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from console.domain.errors import BadInput, EnvironmentProblem
from console.store import adoption
from console.store.ledger import SqliteLedger
from tests import naive_seal
from tests.fakes import START, ManualClock
from tests.store.test_ledger import a_job, stored
from tests.store.trails import TUTORIAL


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def ledger(data: Path, clock: ManualClock) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(data, clock)
    yield opened
    opened.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TUTORIAL, tmp_path / "theirs"))


def adopted(data: Path) -> dict[str, object]:
    found = [json.loads(line) for line in naive_seal.lines_of(data / "audit")]
    (record,) = [one for one in found if one["event_type"] == "AUDIT_TRAIL_ADOPTED"]
    payload = record["payload"]
    assert isinstance(payload, dict)
    return payload


def named(data: Path) -> dict[str, object]:
    files = adopted(data)["files"]
    assert isinstance(files, list)
    return {file["file"]: file["sha256"] for file in files}


def test_the_tutorials_trail_is_copied_byte_for_byte_and_sealed_with_each_files_digest(
    ledger: SqliteLedger, data: Path, source: Path
) -> None:
    assert ledger.adopt(source) == ()
    for file in sorted(TUTORIAL.glob("*.jsonl")):
        copy = (data / "audit" / file.name).read_bytes()
        assert copy == file.read_bytes()
        assert named(data)[file.name] == sha256(copy).hexdigest()
    assert adopted(data)["why"] == "adopted"
    assert not (data / "audit" / "adopting").exists()
    stored(ledger, a_job(1))
    assert naive_seal.check(data / "audit").size == len(naive_seal.lines_of(data / "audit"))


def test_a_file_of_today_goes_on_in_place_and_gets_the_end_that_its_last_line_lacks(
    ledger: SqliteLedger, data: Path, source: Path
) -> None:
    today = source / f"workflow_audit_{START.astimezone(UTC):%Y%m%d}.jsonl"
    raw = b'\xff not even text\n\n{"half": '
    today.write_bytes(raw)
    ledger.adopt(source)
    assert (data / "audit" / today.name).read_bytes().startswith(raw + b"\n{")
    lines = naive_seal.lines_of(data / "audit")
    assert lines[480:483] == [b"\xff not even text", b"", b'{"half": ']
    record = json.loads(lines[-1])
    assert record["payload"]["newlineAdded"] == {
        "file": today.name,
        "sha256": sha256(raw).hexdigest(),
    }
    assert naive_seal.check(data / "audit").size == len(lines)


def test_a_checkpoint_of_the_other_trail_is_named(
    ledger: SqliteLedger, data: Path, tmp_path: Path, clock: ManualClock
) -> None:
    other = SqliteLedger(tmp_path, clock)
    stored(other, a_job(1))
    other.close()
    ledger.adopt(tmp_path / "audit")
    checkpoint = adopted(data)["checkpoint"]
    assert isinstance(checkpoint, dict)
    assert checkpoint["size"] == 2
    assert checkpoint["origin"] == naive_seal.check(tmp_path / "audit").origin
    assert naive_seal.check(data / "audit").origin != checkpoint["origin"]


def test_a_trail_with_records_adopts_no_other(
    ledger: SqliteLedger, data: Path, source: Path
) -> None:
    stored(ledger, a_job(1))
    before = naive_seal.lines_of(data / "audit")
    with pytest.raises(BadInput, match="only an empty one"):
        ledger.adopt(source)
    assert naive_seal.lines_of(data / "audit") == before


def test_what_is_no_whole_trail_is_refused(
    ledger: SqliteLedger, data: Path, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="one file"):
        ledger.adopt(source / "workflow_audit_20260601.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no audit files"):
        ledger.adopt(tmp_path / "empty")
    (source / "workflow_audit_20260604.jsonl").symlink_to(source / "workflow_audit_20260601.jsonl")
    with pytest.raises(BadInput, match="cannot be adopted"):
        ledger.adopt(source)
    assert naive_seal.lines_of(data / "audit") == []
    with pytest.raises(BadInput, match=r"no audit files|own trail"):
        ledger.adopt(data)


def test_a_copy_that_is_not_the_same_is_not_adopted(
    ledger: SqliteLedger, data: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(_: Path, target: Path) -> None:
        target.write_bytes(b"something else\n")

    monkeypatch.setattr(adoption, "_copy", careless)
    with pytest.raises(EnvironmentProblem, match="not the same"):
        ledger.adopt(source)
    ledger.settle()
    assert naive_seal.lines_of(data / "audit") == []


def test_a_disk_that_refuses_the_copy_is_told(
    ledger: SqliteLedger, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adoption, "write_all", full)
    with pytest.raises(EnvironmentProblem, match="disk is full"):
        ledger.adopt(source)


@pytest.mark.parametrize(
    ("step", "begun"),
    [
        ("console.store.adoption._copy", False),
        ("console.store.adoption._write", False),
        ("console.store.adoption.sync_folder", True),
        ("console.store.seal.Seal.rebuild", True),
        ("console.store.seal.Seal.extend", True),
        ("console.store.ledger.finish", True),
    ],
)
def test_killed_anywhere_an_adoption_is_whole_or_not_begun(
    data: Path, source: Path, clock: ManualClock, step: str, begun: bool
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    ledger = SqliteLedger(data, clock)
    ledger.settle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            ledger.adopt(source)
    ledger._trail_lock.release()
    ledger.close()
    after = SqliteLedger(data, clock)
    after.confirm_date()
    after.settle()
    stored(after, a_job(1))
    lines = naive_seal.lines_of(data / "audit")
    assert naive_seal.check(data / "audit").size == len(lines)
    assert (len(lines) > 480) == begun
    if begun:
        assert adopted(data)["why"] == "adopted"
    after.close()


def test_an_old_trail_needs_nobodys_yes_to_be_adopted(data: Path, source: Path) -> None:
    clock = ManualClock(datetime(2031, 1, 1, tzinfo=UTC))
    ledger = SqliteLedger(data, clock)
    ledger.adopt(source)
    assert adopted(data)["why"] == "adopted"
    ledger.close()
