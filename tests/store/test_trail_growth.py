"""A trail that changes while it is open: it grows, is replaced, or goes away."""

import shutil

import pytest

from console.domain.audit import Verdict
from console.domain.audit_view import RecordFilter
from console.domain.errors import EnvironmentProblem
from console.store import trail_reader
from console.store.trail_reader import TrailReader
from tests.store.trails import DAY1, DAY2, DAY3, counted, jobs, line


@pytest.fixture
def folder(tmp_path):
    """Two days, of three and two records."""
    folder = tmp_path / "audit"
    folder.mkdir()
    (folder / DAY1).write_bytes(b"".join(line(number) for number in range(3)))
    (folder / DAY2).write_bytes(b"".join(line(number) for number in (3, 4)))
    return folder


def test_a_file_that_goes_away_meanwhile_is_told_and_its_rows_are_left_out(folder):
    trail = counted(folder)
    shutil.rmtree(folder)
    assert trail.rows([0, 4]) == []
    assert trail.detail(0) is None
    assert trail.newest(10) == []
    assert [file.verdict for file in trail.verify().files] == ["unreadable", "unreadable"]
    with pytest.raises(EnvironmentProblem, match="cannot be read"):
        trail.matching(RecordFilter(text="job"))
    with pytest.raises(EnvironmentProblem, match="Open the trail again"):
        list(trail.lines([0]))
    assert trail.refresh().replaced


def test_a_file_that_goes_away_before_it_is_counted_has_its_trouble_told(folder):
    trail = TrailReader.open(folder)
    (folder / DAY2).unlink()
    (folder / DAY2).mkdir()
    (folder / DAY1).unlink()
    trail.count()
    assert [bool(file.trouble) for file in trail.files] == [True, True]


def test_a_file_that_turns_into_something_else_is_a_verdict(folder):
    trail = TrailReader.open(folder)
    (folder / DAY2).unlink()
    (folder / DAY2).mkdir()
    assert [file.verdict for file in trail.verify().files] == ["intact", "unreadable"]


def test_a_trail_that_grows_is_followed(folder):
    trail = counted(folder)
    assert trail.refresh().added == 0
    with (folder / DAY2).open("ab") as file:
        file.write(line(5) + line(6))
    (folder / DAY3).write_bytes(line(7))
    growth = trail.refresh()
    assert (growth.added, growth.replaced, trail.records) == (3, False, 8)
    assert jobs(trail.rows(range(8))) == [f"job-{number}" for number in range(8)]
    assert list(trail.matching(RecordFilter(text="job-"), start=6)) == [6, 7]
    assert trail.verify().records == 8


def test_a_line_that_was_half_written_is_whole_when_looked_at_again(folder, monkeypatch):
    monkeypatch.setattr(trail_reader, "AT_ONCE", 10)
    whole = line(5)
    with (folder / DAY2).open("ab") as file:
        file.write(whole[:40])
    trail = counted(folder)
    trail.judge_long([5])
    assert trail.rows([5])[0].verdict is Verdict.UNREADABLE
    with (folder / DAY2).open("ab") as file:
        file.write(whole[40:] + line(6))
    assert trail.refresh().added == 1
    trail.judge_long([5, 6])
    assert jobs(trail.rows([5, 6])) == ["job-5", "job-6"]


def test_an_empty_trail_that_gets_its_first_file_is_followed(tmp_path):
    trail = TrailReader.open(tmp_path, may_be_empty=True)
    trail.count()
    (tmp_path / DAY1).write_bytes(line(0))
    assert trail.refresh().added == 1
    assert jobs(trail.rows([0])) == ["job-0"]


@pytest.mark.parametrize("change", ["shorter", "other", "gone", "between", "older grew", "trouble"])
def test_a_trail_that_changed_otherwise_must_be_opened_anew(folder, change):
    trail = counted(folder)
    if change == "shorter":
        (folder / DAY2).write_bytes(line(3))
    elif change == "other":
        (folder / "new").write_bytes((folder / DAY2).read_bytes())
        (folder / "new").replace(folder / DAY2)
    elif change == "gone":
        (folder / DAY1).unlink()
    elif change == "between":
        (folder / "workflow_audit_20260501.jsonl").write_bytes(line(9))
    elif change == "older grew":
        with (folder / DAY1).open("ab") as file:
            file.write(line(9))
    else:
        (folder / DAY2).unlink()
        (folder / DAY2).mkdir()
    assert trail.refresh().replaced
