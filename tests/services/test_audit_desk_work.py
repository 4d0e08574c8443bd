"""The audit desk's long work: verifying, relating, judging, exporting; told, or stopped."""

import asyncio
from datetime import timedelta

import pytest

from console.domain.audit import Verdict, record_line
from console.domain.audit_view import EVERYTHING, RecordFilter
from console.domain.errors import EnvironmentProblem
from console.services import audit_desk as told
from console.services.tasks import Tasks
from console.services.trail_desk import TrailDesk
from console.services.trail_index import on_loop
from console.services.trail_ports import Flag
from console.store import trail_reader
from console.store.trail_export import TrailShelf
from tests.fakes import ManualClock
from tests.services.audit_window import AT, DAY1, Window, line


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / DAY1).write_bytes(b"".join(line(number) for number in range(3)))
    return folder


@pytest.fixture
async def window(own):
    window = Window(own)
    yield window
    window.shelf.gate.set()
    await window.tasks.close()
    assert window.crashed == []


async def test_verifying_tells_its_progress_and_the_report(window):
    await window.open()
    window.desk.verify()
    window.desk.verify()
    progress = await window.told(told.VerifyProgress)
    assert progress.done <= progress.total
    report = (await window.told(told.VerifyDone)).report
    assert (report.verdict, report.bad, report.records) == ("cannot-know", 0, 3)
    await window.quiet()
    assert not any(isinstance(event, told.VerifyDone) for event in window.events)


async def test_a_trail_that_is_still_being_opened_is_verified_once_it_is_open(window):
    window.desk.open(None)
    window.desk.verify()
    report = (await window.told(told.VerifyDone)).report
    assert report.records == 3
    window.desk.open(None)
    await window.told(told.TrailOpened)
    await window.quiet()
    assert not any(isinstance(event, told.VerifyDone) for event in window.events)


async def test_a_verification_that_was_cancelled_says_so(window):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.verify()
    await window.at_work()
    window.desk.cancel_verify()
    window.shelf.gate.set()
    await window.told(told.VerifyCancelled)
    window.desk.verify()
    await window.told(told.VerifyDone)


async def test_a_verification_cancelled_at_its_very_end_still_tells_its_report(window):
    await window.open()
    trail = window.shelf.opened[-1]
    verify = trail.verify

    def at_the_end(*args):
        report = verify(*args)
        window.desk.cancel_verify()
        return report

    trail.verify = at_the_end
    window.desk.verify()
    assert (await window.told(told.VerifyDone)).report.bad == 0


async def test_progress_of_work_that_has_ended_is_not_told(window):
    flag = Flag()
    progress = on_loop(window.desk.hub.tell, told.VerifyProgress, flag)
    progress(1, 1)
    flag.up = True
    await asyncio.sleep(0)
    progress(1, 1)
    await asyncio.sleep(0)
    assert window.events == []


async def test_a_desk_without_a_live_console_opens_trails_too(own):
    desk = TrailDesk(TrailShelf(own), Tasks(), ManualClock())
    assert (desk.path, desk.matching, desk.wanted) == (None, 0, EVERYTHING)


async def test_closing_the_trail_ends_its_verification(window):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.verify()
    await window.at_work()
    window.desk.close()
    window.shelf.gate.set()
    await window.told(told.VerifyCancelled)


async def test_a_report_on_a_trail_that_is_no_longer_open_is_not_told(window):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.verify()
    await window.at_work()
    window.desk._trail = None
    window.shelf.gate.set()
    await window.quiet()
    assert not any(isinstance(event, told.VerifyDone) for event in window.events)


async def test_all_records_of_a_job_and_its_instance_are_found_from_any_of_them(window, own):
    (own / DAY1).write_bytes(
        line(0, "TRIGGER_QUEUED", jobId="a")
        + line(1, "TRIGGER_QUEUED", jobId="b")
        + line(2, "WORKFLOW_TRIGGERED", jobId="a", instanceId="i-1")
        + record_line(AT + timedelta(hours=1), "WORKFLOW_COMPLETED", {"instanceId": "i-1"})
    )
    await window.open()
    for position in (0, 2, 3):
        window.desk.related(position)
        found = await window.told(told.RelatedFound)
        assert found.position == position
        assert [row.position for row in found.rows] == [0, 2, 3]
    window.desk.related(99)
    assert (await window.told(told.RelatedFound)).rows == ()


async def test_a_record_of_no_job_is_related_to_itself_alone(window, own):
    (own / DAY1).write_bytes(record_line(AT, "CONSOLE_STARTED", {}) + line(1))
    await window.open()
    window.desk.related(0)
    assert len((await window.told(told.RelatedFound)).rows) == 1


async def test_a_search_for_related_records_that_nobody_waits_for_is_stopped(window):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.related(0)
    await window.at_work()
    window.desk.close()
    window.shelf.gate.set()
    await window.quiet()
    assert not any(isinstance(event, told.RelatedFound) for event in window.events)


@pytest.mark.parametrize(
    "ask",
    [
        lambda desk, path: desk.set_filter(RecordFilter(text="x")),
        lambda desk, path: desk.verify(),
        lambda desk, path: desk.related(0),
        lambda desk, path: desk.export(path, "csv"),
    ],
    ids=["filter", "verify", "related", "export"],
)
async def test_what_cannot_be_done_is_told_in_words(window, tmp_path, ask):
    await window.open()
    window.shelf.broken = EnvironmentProblem("The disk is gone.")
    ask(window.desk, tmp_path / "out.csv")
    assert (await window.told(told.AuditFailed)).message == "The disk is gone."


async def test_a_filter_on_a_large_trail_tells_its_progress(window):
    await window.open()
    window.desk.set_filter(RecordFilter(text="job"))
    progress = await window.told(told.FilterProgress)
    assert progress.total > 0


async def test_a_long_record_is_judged_behind_the_window_and_told(window, own, monkeypatch):
    monkeypatch.setattr(trail_reader, "AT_ONCE", 1000)
    (own / DAY1).write_bytes(line(0, reason="x" * 5000) + line(1))
    await window.open()
    assert [row.verdict for row in window.desk.rows(0, 9)] == [Verdict.INTACT, None]
    assert [row.verdict for row in window.desk.rows(0, 9)] == [Verdict.INTACT, None]
    assert window.desk.detail(0).cut
    assert (await window.told(told.RowsChecked)).positions == (0,)
    assert [row.verdict for row in window.desk.rows(0, 9)] == [Verdict.INTACT, Verdict.INTACT]
    assert window.desk.detail(0).row.verdict is Verdict.INTACT
    await window.quiet()
    assert window.events == []


@pytest.mark.parametrize("end", ["broken", "closed"])
async def test_a_long_record_that_cannot_be_judged_any_more_is_no_crash(
    window, own, monkeypatch, end
):
    monkeypatch.setattr(trail_reader, "AT_ONCE", 10)
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.detail(0)
    await window.at_work()
    if end == "broken":
        window.shelf.broken = EnvironmentProblem("gone")
    else:
        window.desk.close()
    window.shelf.gate.set()
    await window.quiet()
    failures = [event for event in window.events if isinstance(event, told.AuditFailed)]
    assert len(failures) == (end == "broken")
    assert not any(isinstance(event, told.RowsChecked) for event in window.events)


async def test_the_type_filter_offers_our_types_and_the_foreign_ones_met(window, own):
    (own / DAY1).write_bytes(line(0, "FOREIGN") + line(1, "WORKFLOW_TRIGGERED"))
    await window.open()
    assert "FOREIGN" not in window.desk.event_types()
    window.desk.rows(0, 10)
    assert window.desk.event_types()[0] == "WORKFLOW_TRIGGERED"
    assert window.desk.event_types()[-1] == "FOREIGN"
    assert len(set(window.desk.event_types())) == len(window.desk.event_types())


async def test_a_trail_of_thousands_of_types_does_not_fill_the_list(window, own, monkeypatch):
    monkeypatch.setattr("console.services.trail_desk._MAX_TYPES", 1)
    (own / DAY1).write_bytes(line(0, "A") + line(1, "B"))
    await window.open()
    window.desk.rows(0, 1)
    window.desk.rows(1, 1)
    assert "A" not in window.desk.event_types()


async def test_the_view_is_exported_and_our_own_trail_records_it(own, tmp_path):
    recorded = []

    async def exported(kind, records, filtered):
        recorded.append((kind, records, filtered))

    window = Window(own, exported)
    await window.open()
    window.desk.export(tmp_path / "all.jsonl", "jsonl")
    event = await window.told(told.TrailExported)
    assert (event.path, event.records) == (tmp_path / "all.jsonl", 3)
    assert (tmp_path / "all.jsonl").read_bytes() == (own / DAY1).read_bytes()
    await window.filtered(text="job-2")
    window.desk.export(tmp_path / "one.csv", "csv")
    await window.told(told.TrailExported)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / DAY1).write_bytes(line(9))
    await window.open(tmp_path / "foreign")
    window.desk.export(tmp_path / "foreign.csv", "csv")
    await window.told(told.TrailExported)
    assert recorded == [("jsonl", 3, False), ("csv", 1, True)]
    await window.tasks.close()
