"""Trails that somebody opens: found, counted, paged, searched."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.domain.audit import Verdict
from console.domain.audit_view import RecordFilter, Stopped
from console.domain.errors import BadInput
from console.store import audit_files, trail_files, trail_reader
from console.store.trail_reader import TrailReader
from tests.store.trails import DAY1, DAY2, counted, jobs, line


@pytest.fixture
def folder(tmp_path):
    """Two days, of three and two records."""
    folder = tmp_path / "audit"
    folder.mkdir()
    (folder / DAY1).write_bytes(b"".join(line(number) for number in range(3)))
    (folder / DAY2).write_bytes(b"".join(line(number) for number in (3, 4)))
    return folder


@pytest.mark.parametrize("opened", ["folder", "data folder", "file"])
def test_a_folder_a_data_folder_and_a_file_can_be_opened(folder, opened):
    path = {"folder": folder, "data folder": folder.parent, "file": folder / DAY1}[opened]
    assert counted(path).records == (3 if opened == "file" else 5)


def test_a_data_folder_is_opened_at_its_audit_folder_and_nothing_is_written(folder):
    before = sorted(
        (path, path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")
    )
    trail = counted(folder.parent)
    trail.verify()
    trail.matching(RecordFilter(text="job"))
    assert trail.root == folder
    assert before == sorted(
        (path, path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")
    )


@pytest.mark.parametrize("kind", ["nothing", "empty", "other", "pipe", "zip", "inside", "ring"])
def test_what_is_no_trail_is_refused_with_a_reason(tmp_path, kind):
    path = tmp_path / "place"
    if kind == "empty":
        path.mkdir()
    elif kind == "other":
        path.mkdir()
        (path / "workflow_audit_20261399.jsonl").write_bytes(b"{}\n")
        (path / "notes.txt").write_bytes(b"{}\n")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "zip":
        path.write_bytes(b"PK\x03\x04rest")
    elif kind == "ring":
        path.symlink_to(path)
    elif kind == "inside":
        path = tmp_path / "missing" / DAY1
    with pytest.raises(BadInput, match=str(path)):
        TrailReader.open(path)


def test_a_name_that_no_system_takes_is_refused_with_a_reason():
    with pytest.raises(BadInput, match="cannot be read"):
        TrailReader.open(Path("a\0b"))


def test_a_file_that_may_not_be_read_is_told(folder, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(BadInput, match="may not"):
        TrailReader.open(folder / DAY1)


def test_our_own_trail_may_still_be_empty(tmp_path):
    trail = TrailReader.open(tmp_path, may_be_empty=True)
    assert (trail.count(), trail.newest(10), trail.summary()) == (0, [], "0 records in 0 files")
    assert trail.verify().intact


def test_rows_are_found_by_position_over_all_files(folder):
    trail = counted(folder)
    assert jobs(trail.rows([4, 0, 3])) == ["job-4", "job-0", "job-3"]
    row = trail.rows([3])[0]
    assert (row.file, row.line, row.position) == (DAY2, 1, 3)
    assert trail.rows([5, 99]) == []
    assert trail.summary() == "5 records in 2 files, 2026-06-01 to 2026-06-01"


def test_one_record_is_one_record(folder):
    (folder / DAY2).unlink()
    (folder / DAY1).write_bytes(line(1))
    assert counted(folder).summary() == "1 record in 1 file, 2026-06-01 to 2026-06-01"
    (folder / DAY1).write_bytes(b"garbage\n")
    assert counted(folder).summary() == "1 record in 1 file"


def test_the_newest_rows_are_there_before_anything_is_counted(folder):
    trail = TrailReader.open(folder)
    rows = trail.newest(4)
    assert jobs(rows) == ["job-4", "job-3", "job-2", "job-1"]
    assert [row.position for row in rows] == [-1, -2, -3, -4]
    assert trail.records == 0
    detail = trail.detail(-4)
    assert detail is not None
    assert detail.row.job_id == "job-1"
    assert trail.detail(-5) is None


def test_the_newest_rows_of_a_long_file_are_read_from_its_end(folder):
    many = b"".join(line(number, reason="x" * 500) for number in range(1000))
    (folder / DAY2).write_bytes(many)
    rows = TrailReader.open(folder).newest(300)
    assert jobs(rows) == [f"job-{number}" for number in range(999, 699, -1)]


def test_a_newest_line_that_is_huge_does_not_keep_the_others_waiting(folder, monkeypatch):
    monkeypatch.setattr(trail_files, "_TAIL_LAST", 256 * 1024)
    monkeypatch.setattr(trail_reader, "AT_ONCE", 1024)
    (folder / DAY2).write_bytes(line(1, reason="x" * 3_000_000) + line(2, reason="y" * 2000))
    rows = TrailReader.open(folder).newest(10)
    assert [(row.position, row.verdict, row.job_id) for row in rows][:2] == [
        (-1, None, ""),
        (-2, Verdict.INTACT, "job-2"),
    ]


@pytest.mark.parametrize("ended", [True, False])
def test_the_newest_line_counts_with_and_without_its_end(folder, ended):
    (folder / DAY2).write_bytes(line(3) + line(4)[: None if ended else -1])
    assert jobs(TrailReader.open(folder).newest(2)) == ["job-4", "job-3"]


def test_a_file_that_got_shorter_since_it_was_looked_at_is_judged_as_far_as_it_goes(folder):
    trail = TrailReader.open(folder)
    (folder / DAY2).write_bytes(line(3))
    assert trail.verify().records == 4


def test_a_line_beyond_all_measure_may_end_with_its_block(folder, monkeypatch):
    for module in (trail_files, trail_reader):
        monkeypatch.setattr(module, "MAX_LINE", 100)
    for module in (audit_files, trail_files):
        monkeypatch.setattr(module, "BLOCK", 50)
    (folder / DAY1).write_bytes(b"x" * 199 + b"\nneedle\n")
    trail = counted(folder)
    assert list(trail.matching(RecordFilter(text="needle"))) == [1]
    assert list(trail.matching(RecordFilter(text="é"))) == []


def test_records_are_read_in_pages(folder, monkeypatch):
    monkeypatch.setattr(trail_reader, "_PAGE", 2)
    trail = counted(folder)
    assert [number for _, number, _ in trail.lines(range(5))] == [0, 1, 2, 0, 1]


def test_details_give_the_record_as_read(folder):
    detail = counted(folder).detail(3)
    assert detail is not None
    assert detail.raw == line(3).decode().rstrip("\n")
    assert counted(folder).detail(5) is None


def test_a_long_record_is_judged_in_the_background_and_then_shown(folder, monkeypatch):
    monkeypatch.setattr(trail_reader, "AT_ONCE", 1000)
    (folder / DAY2).write_bytes(line(3, reason="x" * 2000) + line(4))
    trail = counted(folder)
    row = trail.rows([3])[0]
    assert (row.verdict, row.line, row.job_id) == (None, 1, "")
    waiting = trail.detail(3)
    assert waiting is not None
    assert (waiting.row.verdict, waiting.cut) == (None, True)
    trail.judge_long([3])
    assert trail.rows([3])[0].verdict is Verdict.INTACT
    judged = trail.detail(3)
    assert judged is not None
    assert judged.computed_hash == judged.stored_hash != ""


def test_only_so_many_long_records_are_remembered(folder, monkeypatch):
    monkeypatch.setattr(trail_reader, "AT_ONCE", 10)
    monkeypatch.setattr(trail_reader, "_REMEMBERED", 3)
    monkeypatch.setattr(trail_reader, "_DETAILS", 2)
    trail = counted(folder)
    trail.judge_long(range(5))
    verdicts = [row.verdict for row in trail.rows(range(5))]
    assert verdicts == [None, None, None, Verdict.INTACT, Verdict.INTACT]
    assert trail.detail(3).row.verdict is Verdict.INTACT
    assert trail.detail(2).row.verdict is None


@pytest.mark.parametrize("block", [1, 7, 64, 4096])
def test_lines_are_found_whatever_the_blocks_they_are_read_in(folder, monkeypatch, block):
    content = b"a\n\nbcd\r\n" + line(1) + b"\n\xff\xfe\nlast without an end"
    (folder / DAY1).write_bytes(content)
    for module in (audit_files, trail_files):
        monkeypatch.setattr(module, "BLOCK", block)
    trail = counted(folder)
    expected = [*content.split(b"\n"), line(3)[:-1], line(4)[:-1]]
    assert [raw for _, _, raw in trail.lines(range(trail.records))] == expected
    assert trail.verify().records == len(expected)
    found = trail.matching(RecordFilter(text="last"))
    assert list(found) == [expected.index(b"last without an end")]
    assert list(trail.matching(RecordFilter(text="👍"))) == []
    event_types = frozenset({"WORKFLOW_TRIGGERED"})
    assert list(trail.matching(RecordFilter(event_types=event_types))) == [3, 7, 8]


content_lines = st.lists(
    st.sampled_from([b"", b"{}", b"needle", b"x" * 30, b"NEEDLE and needle", b"\r", b"\0"])
    | st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content_lines, st.booleans(), st.integers(1, 40), st.integers(0, 12))
def test_any_file_is_counted_searched_and_judged_line_by_line(
    tmp_path, monkeypatch, lines, ended, block, start
):
    content = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    path = tmp_path / "any.jsonl"
    path.write_bytes(content)
    expected = content.split(b"\n")
    if not expected[-1]:
        expected.pop()
    with monkeypatch.context() as patch:
        patch.setattr(audit_files, "BLOCK", block)
        trail = counted(path)
        assert [raw for _, _, raw in trail.lines(range(trail.records))] == expected
        assert trail.verify().records == trail.records == len(expected)
        matches = [n for n, raw in enumerate(expected) if b"needle" in raw.lower()]
        found = trail.matching(RecordFilter(text="Needle"), start=start)
        assert list(found) == [number for number in matches if number >= start]


def test_counting_searching_and_judging_can_be_cancelled(folder):
    def yes():
        return True

    trail = counted(folder)
    for work in (
        lambda: TrailReader.open(folder).count(cancelled=yes),
        lambda: trail.matching(RecordFilter(text="job"), cancelled=yes),
        lambda: trail.matching(RecordFilter(text="é"), cancelled=yes),
        lambda: trail.verify(cancelled=yes),
    ):
        with pytest.raises(Stopped):
            work()


def test_progress_goes_up_to_the_whole(folder):
    seen = []

    def progress(done, total):
        seen.append((done, total))

    trail = TrailReader.open(folder)
    for work in (
        trail.count,
        trail.verify,
        lambda told: trail.matching(RecordFilter(text="job"), told, start=4),
    ):
        seen.clear()
        work(progress)
        assert seen[-1] == (trail.size, trail.size)
        assert seen == sorted(seen)


def test_a_filter_starts_where_it_is_told_to(folder):
    trail = counted(folder)
    wanted = RecordFilter(event_types=frozenset({"WORKFLOW_TRIGGERED"}))
    assert list(trail.matching(wanted, start=1)) == [1, 2, 3, 4]
    assert list(trail.matching(wanted, start=3)) == [3, 4]
    assert list(trail.matching(wanted, start=5)) == []
