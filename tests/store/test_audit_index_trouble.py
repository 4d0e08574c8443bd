"""An index that is damaged, cancelled, held or killed leaves the answers as they are."""

import multiprocessing
import os
from dataclasses import replace

import apsw
import pytest

from console.domain.audit_view import RecordFilter, Stopped
from console.store import audit_index_build
from console.store.audit_index import IndexTrouble, TrailIndex, evict, index_path
from console.store.locks import FileLock
from tests.store.test_audit_index import DAYS, FILTERS, folder, indexed, line, same_answers

__all__ = ["folder"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"not a database" * 999),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: apsw.Connection(str(path)).execute("PRAGMA user_version = 99").close(),
        lambda path: apsw.Connection(str(path)).execute("DROP TABLE record").close(),
        lambda path: apsw.Connection(str(path)).execute("DROP TABLE file").close(),
        lambda path: apsw.Connection(str(path)).execute("DELETE FROM meta").close(),
        lambda path: apsw.Connection(str(path)).execute("UPDATE file SET digest = 7, size = 'x'").close(),
        lambda path: apsw.Connection(str(path)).execute("UPDATE file SET lines = 3").close(),
    ],
)  # fmt: skip
def test_a_damaged_index_is_discarded_and_the_answers_stay_the_same(folder, tmp_path, damage):
    trail = indexed(folder, tmp_path / "cache")
    path = index_path(tmp_path / "cache", trail.root)
    trail._index.close()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    damage(path)
    with (folder / DAYS[1]).open("ab") as file:
        file.write(line(100))
    again = indexed(folder, tmp_path / "cache", index=False)
    again.index()
    same_answers(folder, again, FILTERS[:9])


def test_an_index_that_breaks_while_it_is_asked_is_left_and_the_lines_are_looked_at(
    folder, tmp_path, monkeypatch
):
    trail = indexed(folder, tmp_path / "cache")

    def broken(self, *args):
        raise IndexTrouble("disk I/O error")

    monkeypatch.setattr(TrailIndex, "candidates", broken)
    same_answers(folder, trail, FILTERS[:3])
    assert trail._index is None
    assert trail.histogram(RecordFilter(), None) is None


def test_nothing_is_written_into_the_opened_folder_and_what_is_kept_is_private(folder, tmp_path):
    before = sorted(folder.iterdir())
    trail = indexed(folder, tmp_path / "cache")
    assert sorted(folder.iterdir()) == before
    path = index_path(tmp_path / "cache", trail.root)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o077 == 0


def test_a_cancelled_index_keeps_what_it_has_and_goes_on_from_there(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("console.store.audit_files.BLOCK", 4096)
    trail = indexed(folder, tmp_path / "cache", index=False)
    heard = []
    with pytest.raises(Stopped):
        trail.index(lambda done, total: heard.append(done), lambda: len(heard) > 3)
    assert 0 < trail._index.covered(trail.files) < 100
    same_answers(folder, trail)
    assert trail.index()
    assert trail._index.covered(trail.files) == 100
    same_answers(folder, trail)


def test_an_index_that_another_process_makes_is_not_made_twice(folder, tmp_path):
    trail = indexed(folder, tmp_path / "cache")
    lock = FileLock(index_path(tmp_path / "cache", trail.root).with_suffix(".lock"))
    assert lock.acquire()
    assert not indexed(folder, tmp_path / "cache", index=False).index()
    lock.release()


def test_no_place_for_an_index_leaves_the_answers_as_they_are(folder, tmp_path):
    (tmp_path / "cache").write_text("a file")
    trail = indexed(folder, tmp_path / "cache", index=False)
    assert not trail.index()
    same_answers(folder, trail, FILTERS[:4])


def test_a_process_of_its_own_makes_the_same_index_and_is_told_to_pause_and_go_on(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(audit_index_build, "WORTH_A_PROCESS", 0)
    trail = indexed(folder, tmp_path / "cache", index=False)
    heard, asked = [], []

    def paused():
        asked.append(1)
        return len(asked) < 4

    assert trail.index(lambda done, total: heard.append((done, total)), paused=paused)
    assert heard[-1][0] == heard[-1][1]
    same_answers(folder, trail)
    again = indexed(folder, tmp_path / "other", index=False)
    with pytest.raises(Stopped):
        again.index(cancelled=lambda: True)


def test_the_indexes_used_longest_ago_are_removed_first(tmp_path):
    for number in range(4):
        path = tmp_path / f"{number}.db"
        path.write_bytes(b"x" * 1000)
        os.utime(path, (number, number))
    held = FileLock(tmp_path / "1.lock")
    assert held.acquire()
    evict(tmp_path, tmp_path / "0.db", 2500)
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["0.db", "1.db"]
    held.release()


def test_an_index_of_other_files_is_not_believed(folder, tmp_path):
    trail = indexed(folder, tmp_path / "cache")
    index = trail._index
    for files in (
        trail.files[:1],
        trail.files[::-1],
        [replace(trail.files[0], lines=3), trail.files[1]],
        [replace(trail.files[0], trouble="broken"), trail.files[1]],
        [replace(trail.files[0], path=folder / "gone" / DAYS[0]), trail.files[1]],
    ):
        with pytest.raises(IndexTrouble):
            index.covered(files)


def test_an_index_that_cannot_be_read_any_more_says_so_whatever_it_is_asked(folder, tmp_path):
    index = indexed(folder, tmp_path / "cache")._index
    assert index.words("operator", 2) == ["Anna Kareninová", "José"]
    index.close()
    for ask in (
        index.files,
        lambda: index.candidates(RecordFilter(workflow_id="wf_1"), (), 0, 9),
        lambda: index.times(RecordFilter(), 9),
        lambda: index.times_at([1]),
        lambda: index.words("type", 9),
    ):
        with pytest.raises(IndexTrouble):
            ask()


def test_asking_the_lines_in_doubt_is_cancelled_too(folder, tmp_path):
    trail = indexed(folder, tmp_path / "cache")
    with pytest.raises(Stopped):
        trail.matching(RecordFilter(text="ticket 4"), cancelled=lambda: True)


def test_an_index_that_can_never_be_opened_or_written_is_none(folder, tmp_path, monkeypatch):
    trail = indexed(folder, tmp_path / "cache", index=False)
    (folder / DAYS[0]).rename(folder / "moved")
    assert not trail.index()
    (folder / "moved").rename(folder / DAYS[0])

    def refused(*_args, **_more):
        raise IndexTrouble("disk full")

    monkeypatch.setattr(audit_index_build, "connect", refused)
    assert not trail.index()


def test_indexing_that_is_held_goes_on_when_it_is_let_go(folder, tmp_path):
    asked: list[int] = []

    def paused():
        asked.append(1)
        return len(asked) == 2

    trail = indexed(folder, tmp_path / "cache", index=False)
    assert trail.index(paused=paused)
    assert len(asked) > 2


def test_a_process_that_is_killed_leaves_what_it_wrote_and_no_child(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(audit_index_build, "WORTH_A_PROCESS", 0)
    trail = indexed(folder, tmp_path / "cache", index=False)

    def killed():
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        return False

    assert not trail.index(paused=killed)
    assert multiprocessing.active_children() == []
    monkeypatch.undo()
    assert trail.index()
    same_answers(folder, trail, FILTERS[:3])


def test_a_system_that_gives_no_processes_has_it_done_here(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(audit_index_build, "WORTH_A_PROCESS", 0)

    def refused(_self):
        raise OSError("no processes")

    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", refused)
    trail = indexed(folder, tmp_path / "cache")
    same_answers(folder, trail, FILTERS[:3])


def told_to(orders, folder, tmp_path, monkeypatch):
    """What the process says that is told `orders`."""
    monkeypatch.setattr(audit_index_build, "left_alone", lambda: None)
    monkeypatch.setattr(os, "nice", lambda _by: 0)
    here, there = multiprocessing.Pipe()
    for order in orders:
        here.send(order)
    files = tuple((folder / day, (folder / day).stat().st_size) for day in DAYS)
    (tmp_path / "own").mkdir()
    audit_index_build._work(there, audit_index_build.IndexTask(tmp_path / "own" / "x.db", files))
    said = []
    while here.poll():
        said.append(here.recv())
    return said


def test_the_process_waits_while_it_is_held_and_says_how_far_it_is(folder, tmp_path, monkeypatch):
    said = told_to(["hold", "go"], folder, tmp_path, monkeypatch)
    assert said[-1] is True
    assert said[-2][0] == said[-2][1] > 0


def test_the_process_that_is_stopped_says_no_more(folder, tmp_path, monkeypatch):
    assert True not in told_to(["hold", "stop"], folder, tmp_path, monkeypatch)
