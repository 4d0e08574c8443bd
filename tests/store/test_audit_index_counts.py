"""Lines that several processes find together are those that one finds alone."""

import pytest

from console.domain.audit_view import Stopped
from console.store import line_counts
from console.store.line_counts import counted_together, line_ends
from console.store.trail_reader import TrailReader

DAYS = (
    "workflow_audit_20260601.jsonl",
    "workflow_audit_20260602.jsonl",
    "workflow_audit_20260603.jsonl",
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / DAYS[0]).write_bytes(b"a\n\n" + b"b" * 5000 + b"\ntorn")
    (tmp_path / DAYS[1]).write_bytes(b"")
    (tmp_path / DAYS[2]).write_bytes(b"c\r\n" * 900)
    return tmp_path


@pytest.fixture
def small(monkeypatch):
    """Parts so small that each file has several, begun in the middle of lines."""
    monkeypatch.setattr(line_counts, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(line_counts, "PART", 700)


def test_several_processes_find_the_same_lines(folder, small, monkeypatch):
    alone = TrailReader.open(folder)
    found = counted_together(alone.files, lambda _: None, lambda: False, 2)
    assert found is not None
    monkeypatch.setattr(line_counts, "WORTH_PROCESSES", 10**9)
    assert alone.count() == 4 + 900
    assert [(file.lines, list(file.starts)) for file in found] == [
        (file.lines, list(file.starts)) for file in alone.files
    ]


def test_counting_together_is_told_as_it_goes_on_and_is_stopped(folder, small):
    heard: list[int] = []
    trail = TrailReader.open(folder)
    assert counted_together(trail.files, heard.append, lambda: False, 2)
    assert sum(heard) == trail.size
    with pytest.raises(Stopped):
        counted_together(trail.files, heard.append, lambda: True, 2)


def test_what_is_small_counted_already_or_in_trouble_is_counted_here(folder, small, monkeypatch):
    trail = TrailReader.open(folder)
    assert counted_together(trail.files, lambda _: None, lambda: False, 1) is None
    trail.count()
    assert counted_together(trail.files, lambda _: None, lambda: False, 2) is None
    monkeypatch.setattr(line_counts, "WORTH_PROCESSES", 10**9)
    assert counted_together(TrailReader.open(folder).files, print, lambda: False, 2) is None


def test_a_file_that_changes_meanwhile_is_counted_here(folder, small, monkeypatch):
    trail = TrailReader.open(folder)
    (folder / DAYS[2]).write_bytes(b"short\n")
    assert counted_together(trail.files, lambda _: None, lambda: False, 2) is None
    (folder / DAYS[2]).unlink()
    assert counted_together(trail.files, lambda _: None, lambda: False, 2) is None
    assert line_ends((folder / DAYS[0], 1, 3)) == (2, b"\x02" + bytes(7) + b"\x03" + bytes(7))
