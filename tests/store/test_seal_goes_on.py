"""How a seal goes on over what others did to the folder, and over what earlier versions left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from console.services import outcomes
from console.store.ledger import SqliteLedger
from tests import naive_seal
from tests.fakes import ManualClock
from tests.store.test_ledger import a_job, stored, types
from tests.store.test_sealing import another, payload, seal_of, trail_file


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path, clock)
    yield opened
    opened.close()


def test_a_line_of_somebody_else_is_never_sealed_and_never_lost(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    stored(ledger, a_job(1))
    foreign = b'{"somebody": "else"}\n'
    with trail_file(tmp_path).open("ab") as stream:
        stream.write(foreign)
    stored(ledger, a_job(2))
    (notice,) = ledger.take_notices()
    assert "did not write" in notice
    told = payload(tmp_path, "AUDIT_RECOVERED")
    assert told["inserted"] == 1
    assert (tmp_path / "audit" / str(told["movedTo"])).read_bytes() == foreign
    assert types(tmp_path).count("TRIGGER_QUEUED") == 2
    assert seal_of(tmp_path).size == 4


def test_a_foreign_line_that_was_there_before_the_start_is_found_at_the_start(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    with trail_file(tmp_path).open("ab") as stream:
        stream.write(b'{"somebody": "else"}\n{"torn')
    (tmp_path / "audit" / "workflow_audit_20990101.jsonl").write_bytes(b"{}\n")
    other = another(tmp_path, clock)
    assert len(other.settle()) == 2
    assert types(tmp_path).count("AUDIT_RECOVERED") == 2
    assert seal_of(tmp_path).size == 4
    assert other.settle() == ()
    other.close()


def test_the_tree_goes_on_over_a_record_that_was_edited_and_the_edit_still_shows(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    stored(ledger, a_job(1))
    before = seal_of(tmp_path)
    whole = naive_seal.lines_of(tmp_path / "audit")
    edited = trail_file(tmp_path).read_bytes().replace(b"op-north", b"nobody-at-all")
    trail_file(tmp_path).write_bytes(edited)
    stored(ledger, a_job(2))
    (notice,) = ledger.take_notices()
    assert "not where they were" in notice
    assert trail_file(tmp_path).read_bytes().startswith(edited)
    now = naive_seal.lines_of(tmp_path / "audit")
    assert len(now) == before.size + 1
    with pytest.raises(AssertionError):
        seal_of(tmp_path)
    note = (tmp_path / "audit" / "seal" / "checkpoint").read_bytes()
    vkeys = (tmp_path / "audit" / "seal" / "vkey").read_bytes()
    sealed_as = naive_seal.leaf_hashes([*whole, *now[before.size :]])
    assert naive_seal.checked_note(note, vkeys)[2] == naive_seal.tree_hash(sealed_as)


def test_records_that_somebody_removed_are_named_and_the_tree_goes_on_over_their_hashes(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    for number in range(1, 5):
        stored(ledger, a_job(number))
    whole = naive_seal.lines_of(tmp_path / "audit")
    trail_file(tmp_path).write_bytes(b"".join(line + b"\n" for line in whole[:3]))
    stored(ledger, a_job(5))
    assert "2 sealed records are gone" in ledger.take_notices()[0]
    assert payload(tmp_path, "AUDIT_RECOVERED")["missing"] == [3, 5]
    note = (tmp_path / "audit" / "seal" / "checkpoint").read_bytes()
    vkeys = (tmp_path / "audit" / "seal" / "vkey").read_bytes()
    now = naive_seal.lines_of(tmp_path / "audit")
    sealed_as = naive_seal.leaf_hashes([*whole, *now[3:]])
    assert naive_seal.checked_note(note, vkeys)[1:3] == (7, naive_seal.tree_hash(sealed_as))


def test_a_day_that_was_deleted_whole_is_named_too(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    clock.jump(timedelta(days=1).total_seconds())
    stored(ledger, a_job(2))
    trail_file(tmp_path).unlink()
    stored(ledger, a_job(3))
    assert payload(tmp_path, "AUDIT_RECOVERED")["missing"] == [2, 4]
    assert ledger.take_notices() != ()
    assert ledger.settle() == ()


def test_lost_tiles_are_made_anew_from_the_lines(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    ledger.commit([outcomes.new_job(a_job(n)) for n in range(300)])
    before = seal_of(tmp_path)
    shutil.rmtree(tmp_path / "audit" / "seal" / "tile")
    other = another(tmp_path, clock)
    assert other.settle() == ()
    stored(other, a_job(1000))
    after = seal_of(tmp_path)
    assert (after.origin, after.size) == (before.origin, before.size + 1)
    other.close()


def test_without_tiles_and_with_damaged_lines_a_new_origin_begins_that_names_the_old_checkpoint(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    before = seal_of(tmp_path)
    shutil.rmtree(tmp_path / "audit" / "seal" / "tile")
    edited = trail_file(tmp_path).read_bytes().replace(b"op-north", b"op-south")
    trail_file(tmp_path).write_bytes(edited)
    other = another(tmp_path, clock)
    assert len(other.settle()) == 1
    stored(other, a_job(2))
    after = seal_of(tmp_path)
    assert after.origin != before.origin
    told = payload(tmp_path, "AUDIT_TRAIL_ADOPTED")
    old = told["checkpoint"]
    assert isinstance(old, dict)
    assert (told["why"], old["origin"], old["size"]) == ("seal-lost", before.origin, 2)
    assert types(tmp_path)[2] == "AUDIT_TRAIL_ADOPTED"
    other.close()


@pytest.mark.parametrize("lost", ["removed", "garbage", "older"])
def test_a_checkpoint_that_is_gone_or_older_is_signed_again_and_that_is_recorded(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock, lost: str
) -> None:
    stored(ledger, a_job(1))
    path = tmp_path / "audit" / "seal" / "checkpoint"
    older = path.read_bytes()
    stored(ledger, a_job(2))
    stored(ledger, a_job(3))
    origin = seal_of(tmp_path).origin
    if lost == "removed":
        path.unlink()
    else:
        path.write_bytes(older if lost == "older" else b"nothing of use")
    other = another(tmp_path, clock)
    assert "missing, older or not of this console" in other.settle()[0]
    assert types(tmp_path)[-1] == "AUDIT_RECOVERED"
    assert (seal_of(tmp_path).origin, seal_of(tmp_path).size) == (origin, 5)
    other.close()


def test_a_copied_folder_goes_on_under_a_new_origin_whose_first_record_names_the_old_checkpoint(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    before = seal_of(tmp_path)
    copy = tmp_path.with_name(f"{tmp_path.name}-copy")
    shutil.copytree(tmp_path, copy)
    copied = SqliteLedger(copy, clock)
    stored(copied, a_job(2))
    after = seal_of(copy)
    assert after.origin != before.origin
    assert types(copy)[2:] == ["AUDIT_TRAIL_ADOPTED", "TRIGGER_QUEUED"]
    told = payload(copy, "AUDIT_TRAIL_ADOPTED")
    old = told["checkpoint"]
    assert isinstance(old, dict)
    assert (told["why"], old["origin"], old["size"]) == ("folder-copied", before.origin, 2)
    stored(ledger, a_job(3))
    assert seal_of(tmp_path).origin == before.origin
    again = SqliteLedger(copy, clock)
    assert again.settle() == ()
    copied.close()
    again.close()


def test_a_trail_of_an_earlier_version_is_sealed_from_its_lines_with_each_files_digest(
    tmp_path: Path, clock: ManualClock
) -> None:
    before = SqliteLedger(tmp_path, clock)
    stored(before, a_job(1))
    clock.jump(timedelta(days=1).total_seconds())
    stored(before, a_job(2))
    before.close()
    as_an_earlier_version_left_it(tmp_path)
    ledger = SqliteLedger(tmp_path, clock)
    assert ledger.settle() == ("The records written before this version are sealed from now on.",)
    told = payload(tmp_path, "AUDIT_TRAIL_ADOPTED")
    assert told["why"] == "earlier-version"
    named = told["files"]
    assert isinstance(named, list)
    assert [file["records"] for file in named] == [2, 2]
    stored(ledger, a_job(3))
    assert seal_of(tmp_path).size == 6
    ledger.close()


def as_an_earlier_version_left_it(folder: Path) -> None:
    """No seal, and a queue that knows of none; its last row still waits to be forgotten."""
    shutil.rmtree(folder / "audit" / "seal")
    database = apsw.Connection(str(folder / "console.db"))
    database.execute("DELETE FROM lasting WHERE name = 'sealed'")
    database.close()


def test_a_queue_that_was_lost_leaves_a_trail_that_goes_on_under_a_new_origin(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    before = seal_of(tmp_path)
    ledger.close()
    for file in tmp_path.glob("console.db*"):
        file.unlink()
    fresh = SqliteLedger(tmp_path, clock)
    stored(fresh, a_job(2))
    told = payload(tmp_path, "AUDIT_TRAIL_ADOPTED")
    old = told["checkpoint"]
    assert isinstance(old, dict)
    assert (told["why"], old["size"]) == ("queue-lost", 2)
    assert seal_of(tmp_path).origin != before.origin
    fresh.close()


def test_a_queue_that_was_put_back_to_an_older_state_does_not_seal_its_lines_twice(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    ledger.close()
    kept = (tmp_path / "console.db").read_bytes()
    later = SqliteLedger(tmp_path, clock)
    for number in (2, 3):
        stored(later, a_job(number))
    later.close()
    (tmp_path / "console.db").write_bytes(kept)
    restored = SqliteLedger(tmp_path, clock)
    restored.settle()
    stored(restored, a_job(4))
    assert types(tmp_path).count("TRIGGER_QUEUED") == 4
    assert seal_of(tmp_path).size == 5
    restored.close()
