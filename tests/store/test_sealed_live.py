"""Our own live trail: what the queue still holds is not yet sealed; anything else was put there."""

import os

import apsw
import pytest

from tests.store.sealed import found, record, sealed_trail, verify
from tests.store.tamperings import D3

SCHEMA = "CREATE TABLE outbox(id INTEGER PRIMARY KEY, file TEXT, offset INTEGER, line BLOB)"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def trail(data):
    data.mkdir()
    return sealed_trail(data / "audit")


def outbox(data, *rows, wal=False):
    connection = apsw.Connection(str(data / "console.db"))
    if wal:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(SCHEMA)
    connection.executemany("INSERT INTO outbox(file, offset, line) VALUES (?, ?, ?)", rows)
    if not wal:
        connection.close()
    return connection


def append(trail, *lines):
    """Append lines behind the seal; return their outbox rows."""
    path = trail.folder / D3
    offset = path.stat().st_size
    rows = []
    for line in lines:
        rows.append((D3, offset, line))
        offset += len(line)
    with path.open("ab") as file:
        file.write(b"".join(lines))
    return rows


def test_lines_that_the_outbox_holds_are_not_yet_sealed(trail, data, tmp_path):
    outbox(data, *append(trail, record(40), record(41)))
    report = verify(data, tmp_path / "state", own=data)
    assert (str(report.verdict), report.unsealed, report.records) == ("intact", 2, 17)
    assert "2 records not yet sealed" in report.summary
    assert "unsealed" in [item.code for item in report.not_proven]
    assert report.checkpoint is not None
    assert report.checkpoint.time == "2026-06-03T07:00:14+00:00"


def test_the_same_lines_in_a_copy_are_inserted(trail, data, tmp_path):
    outbox(data, *append(trail, record(40)))
    assert found(verify(data, tmp_path / "state")) == ("inserted", (D3, 6))
    assert found(verify(data, tmp_path / "other", own=tmp_path)) == ("inserted", (D3, 6))


def test_a_line_that_the_outbox_does_not_hold_is_inserted_in_our_own_trail_too(
    trail, data, tmp_path
):
    rows = append(trail, record(40), record(41))
    outbox(data, (D3, rows[0][1], record(39)), rows[1])
    report = verify(data, tmp_path / "state", own=data)
    assert found(report) == ("inserted", (D3, 6))
    assert report.unsealed == 1


def test_a_line_at_another_place_than_the_outbox_says_is_inserted(trail, data, tmp_path):
    [(file, offset, line)] = append(trail, record(40))
    outbox(data, (file, offset + 1, line))
    assert verify(data, tmp_path / "state", own=data).verdict == "inserted"


def test_a_line_that_is_being_written_at_this_moment_is_not_yet_sealed(trail, data, tmp_path):
    rows = append(trail, record(40))
    os.truncate(trail.folder / D3, rows[0][1] + 30)
    outbox(data, *rows)
    report = verify(data, tmp_path / "state", own=data)
    assert (report.intact, report.unsealed) == (True, 1)


def test_a_new_day_that_no_checkpoint_covers_yet_is_not_yet_sealed(trail, data, tmp_path):
    trail.open_day(3, 1)
    trail.write()
    name = max(trail.files)
    opening, line = trail.files[name]
    outbox(data, (name, 0, opening), (name, len(opening), line))
    report = verify(data, tmp_path / "state", own=data)
    assert (report.intact, report.unsealed) == (True, 2)
    assert [file.records for file in report.files] == [5, 5, 5, 2]


def test_a_missing_queue_vouches_for_nothing(trail, data, tmp_path):
    append(trail, record(40))
    assert verify(data, tmp_path / "state", own=data).verdict == "inserted"
    (data / "console.db").write_bytes(b"no database")
    assert verify(data, tmp_path / "state", own=data).verdict == "inserted"


def test_a_queue_in_use_is_read_and_nothing_is_made_beside_it(trail, data, tmp_path):
    connection = outbox(data, *append(trail, record(40)), wal=True)
    before = sorted(path.name for path in data.iterdir())
    assert verify(data, tmp_path / "state", own=data).intact
    assert sorted(path.name for path in data.iterdir()) == before
    connection.close()
    before = sorted(path.name for path in data.iterdir())
    assert verify(data, tmp_path / "state", own=data).intact
    assert sorted(path.name for path in data.iterdir()) == before


def test_a_queue_left_by_a_crash_is_read_in_a_copy(trail, data, tmp_path):
    connection = outbox(data, *append(trail, record(40)), wal=True)
    left = tmp_path / "left"
    left.mkdir()
    for name in ("console.db", "console.db-wal"):
        (left / name).write_bytes((data / name).read_bytes())
    connection.close()
    (data / "console.db").unlink()
    for path in left.iterdir():
        path.rename(data / path.name)
    before = sorted(path.name for path in data.iterdir())
    assert verify(data, tmp_path / "state", own=data).intact
    assert sorted(path.name for path in data.iterdir()) == before


def test_a_trail_that_grows_while_it_is_verified_is_looked_at_again(
    trail, data, tmp_path, monkeypatch
):
    from console.store.outbox_reader import OutboxLines

    append(trail, record(40))

    def sealed_meanwhile(self, file, offset, raw):
        trail.files[D3].append(record(40))
        trail.seal()
        return False

    monkeypatch.setattr(OutboxLines, "vouches", sealed_meanwhile)
    report = verify(data, tmp_path / "state", own=data)
    assert (report.intact, report.records, report.unsealed) == (True, 16, 0)
