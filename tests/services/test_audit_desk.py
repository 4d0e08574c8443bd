"""The audit desk: what a window asks about trails, answered by events, on real files."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from console.domain.audit import Verdict, record_line
from console.domain.audit_view import EVERYTHING, RecordFilter
from console.domain.errors import EnvironmentProblem
from console.services import audit_desk as told
from console.services.events import Hub, JobsReloaded, TrailGrew
from console.services.tasks import Tasks
from console.services.trail_desk import FOLLOW_S, TrailDesk
from console.services.trail_ports import Flag
from console.store import trail_reader
from console.store.trail_export import TrailShelf
from tests.fakes import ManualClock

AT = datetime(2026, 6, 1, 7, tzinfo=UTC)
DAY1, DAY2 = "workflow_audit_20260601.jsonl", "workflow_audit_20260602.jsonl"


def line(number, event_type="WORKFLOW_TRIGGERED", **payload):
    at = AT + timedelta(minutes=number)
    return record_line(at, event_type, {"jobId": f"job-{number}"} | payload)


class Watched(TrailShelf):
    """The real shelf; `gate` holds worker threads at their next look at the trail."""

    def __init__(self, own):
        super().__init__(own)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.broken = None
        self.opened = []

    def open(self, path):
        trail = super().open(path)
        self.opened.append(trail)
        for name in ("count", "matching", "verify", "refresh", "judge_long"):
            setattr(trail, name, self._held(getattr(trail, name)))
        return trail

    def export(self, trail, positions, path, kind):
        self._wait()
        return super().export(trail, positions, path, kind)

    def _held(self, work):
        def held(*args, **kwargs):
            self._wait()
            return work(*args, **kwargs)

        return held

    def _wait(self):
        self.entered.set()
        assert self.gate.wait(10)
        if self.broken is not None:
            raise self.broken


class Window:
    """A desk with everything it told so far."""

    def __init__(self, own, exported=None, *, follow=False):
        self.shelf = Watched(own)
        self.crashed: list[tuple[str, BaseException]] = []
        self.tasks = Tasks(lambda name, error: self.crashed.append((name, error)))
        self.clock = ManualClock()
        self.live = Hub()
        self.desk = TrailDesk(
            self.shelf, self.tasks, self.clock, self.live, exported, follow=follow
        )
        self.events: list[told.AuditEvent] = []
        self.desk.hub.listen(self.events.append)

    async def told(self, kind):
        """Wait for the next event of `kind` and forget what came up to it."""
        while True:
            for number, event in enumerate(self.events):
                if isinstance(event, kind):
                    del self.events[: number + 1]
                    return event
            assert not self.crashed
            await asyncio.sleep(0.001)

    async def quiet(self):
        """Wait until nothing is under way."""
        while self.tasks._running:
            await asyncio.sleep(0.001)

    async def at_work(self):
        while not self.shelf.entered.is_set():
            await asyncio.sleep(0.001)

    async def open(self, path=None):
        self.desk.open(path)
        return await self.told(told.TrailOpened)

    async def filtered(self, **wanted):
        self.desk.set_filter(RecordFilter(**wanted))
        event = await self.told(told.TrailFiltered)
        await self.quiet()  # it looks for growth afterwards
        return event

    def jobs(self, offset=0, limit=100):
        return [row.job_id for row in self.desk.rows(offset, limit)]


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


async def test_opening_shows_the_newest_rows_at_once_and_then_all(window, own):
    window.desk.open(None)
    first = await window.told(told.TrailOpening)
    assert [row.job_id for row in first.newest] == ["job-2", "job-1", "job-0"]
    opened = await window.told(told.TrailOpened)
    assert (opened.records, opened.files, opened.own, opened.path) == (3, 1, True, own)
    assert opened.summary.startswith("3 records in 1 file")
    assert window.jobs() == ["job-2", "job-1", "job-0"]
    assert (window.desk.matching, window.desk.path, window.desk.own) == (3, own, True)


async def test_rows_shown_while_counting_already_have_their_details(window):
    window.shelf.gate.clear()
    window.desk.open(None)
    await window.told(told.TrailOpening)
    assert window.desk.detail(-1).row.job_id == "job-2"
    assert window.desk.detail(0) is None
    window.shelf.gate.set()
    await window.told(told.TrailOpened)
    assert window.desk.detail(-1).row.job_id == "job-2"
    assert window.desk.detail(0).row.job_id == "job-0"


async def test_our_own_trail_may_be_empty(window, own):
    (own / DAY1).unlink()
    assert (await window.open()).records == 0
    assert window.desk.rows(0, 10) == []


async def test_what_is_no_trail_is_told_and_the_open_one_stays(window, tmp_path):
    await window.open()
    window.desk.open(tmp_path / "nowhere")
    assert "cannot be read" in (await window.told(told.AuditFailed)).message
    assert window.jobs() == ["job-2", "job-1", "job-0"]
    assert window.desk.own


async def test_the_last_trail_asked_for_is_the_one_that_opens(window, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / DAY1).write_bytes(line(9))
    window.shelf.gate.clear()
    window.desk.open(None)
    await window.at_work()
    window.desk.open(tmp_path / "other")
    window.shelf.gate.set()
    await window.quiet()
    opened = [event for event in window.events if isinstance(event, told.TrailOpened)]
    assert [event.path for event in opened] == [tmp_path / "other"]


async def test_counting_that_nobody_waits_for_any_more_is_stopped(window):
    window.shelf.gate.clear()
    window.desk.open(None)
    await window.at_work()
    window.desk.close()
    window.shelf.gate.set()
    await window.quiet()
    assert not any(isinstance(event, told.TrailOpened) for event in window.events)
    assert window.desk.rows(0, 10) == []


async def test_closing_forgets_the_trail_and_nothing_can_be_asked_of_it(window):
    await window.open()
    window.desk.close()
    await window.told(told.TrailClosed)
    for ask in (
        window.desk.verify,
        window.desk.refresh,
        lambda: window.desk.set_filter(RecordFilter(text="x")),
        lambda: window.desk.related(0),
        lambda: window.desk.export(None, "csv"),
    ):
        ask()
    await window.quiet()
    assert window.events == []
    assert (window.desk.detail(0), window.desk.rows(0, 9), window.desk.path) == (None, [], None)


async def test_rows_are_pages_of_the_view_newest_first(window, own):
    await window.open()
    assert window.jobs(1, 1) == ["job-1"]
    assert window.jobs(3, 5) == []
    await window.filtered(text="job-")
    assert window.jobs(1, 5) == ["job-1", "job-0"]


async def test_a_filter_tells_how_many_of_how_many(window):
    await window.open()
    event = await window.filtered(job_id="job-1")
    assert (event.matching, event.total) == (1, 3)
    assert window.jobs() == ["job-1"]
    assert (window.desk.row_of(1), window.desk.row_of(0), window.desk.row_of(9)) == (0, None, None)
    event = await window.filtered()
    assert (event.matching, event.wanted) == (3, EVERYTHING)
    assert (window.desk.row_of(0), window.desk.row_of(2)) == (2, 0)


async def test_the_last_filter_asked_for_wins(window):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.set_filter(RecordFilter(text="job-0"))
    await window.at_work()
    window.desk.set_filter(RecordFilter(text="job-1"))
    window.shelf.gate.set()
    await window.quiet()
    told_filters = [event for event in window.events if isinstance(event, told.TrailFiltered)]
    assert [event.wanted.text for event in told_filters] == ["job-1"]


async def test_a_filter_for_a_trail_that_is_closed_meanwhile_tells_nothing(window):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.set_filter(RecordFilter(text="job-0"))
    await window.at_work()
    window.desk._trail = None
    window.shelf.gate.set()
    await window.quiet()
    assert not any(isinstance(event, told.TrailFiltered) for event in window.events)


async def test_filtering_that_nobody_waits_for_any_more_is_stopped(window):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.set_filter(RecordFilter(text="job-0"))
    await window.at_work()
    window.desk.close()
    window.shelf.gate.set()
    await window.quiet()
    assert [type(event) for event in window.events] == [told.TrailClosed]


async def test_records_that_a_filter_already_met_are_told_as_growth_once(window, own):
    await window.open()
    trail = window.shelf.opened[-1]
    matching = trail.matching

    def meets_more(*args, **kwargs):
        with (own / DAY1).open("ab") as file:
            file.write(line(3))
        trail.refresh()
        trail.matching = matching
        return matching(*args, **kwargs)

    trail.matching = meets_more
    event = await window.filtered(text="job-")
    assert (event.matching, event.total, event.wanted) == (3, 3, window.desk.wanted)
    extended = await window.told(told.TrailExtended)
    assert (extended.added, extended.matching, extended.total) == (1, 4, 4)


async def test_records_written_meanwhile_appear_on_top(window, own):
    await window.open()
    with (own / DAY1).open("ab") as file:
        file.write(line(3) + line(4))
    window.live.tell(JobsReloaded())
    window.live.tell(TrailGrew(None))
    event = await window.told(told.TrailExtended)
    assert (event.added, event.matching, event.total) == (2, 5, 5)
    assert window.jobs(0, 3) == ["job-4", "job-3", "job-2"]


async def test_of_the_new_records_a_filter_shows_those_that_pass(window, own):
    await window.open()
    await window.filtered(text="job-1")
    (own / DAY2).write_bytes(line(3) + line(10) + line(11))
    window.desk.refresh()
    event = await window.told(told.TrailExtended)
    assert (event.added, event.matching, event.total) == (2, 3, 6)
    assert window.jobs() == ["job-11", "job-10", "job-1"]


async def test_a_trail_that_grows_while_it_is_filtered_shows_each_record_once(window, own):
    await window.open()
    window.shelf.entered.clear()
    window.shelf.gate.clear()
    window.desk.set_filter(RecordFilter(text="job-"))
    await window.at_work()
    with (own / DAY1).open("ab") as file:
        file.write(line(3))
    window.desk.refresh()
    window.desk.refresh()
    window.shelf.gate.set()
    await window.quiet()
    assert window.jobs() == ["job-3", "job-2", "job-1", "job-0"]
    assert window.desk.matching == 4


async def test_growth_told_while_a_filter_finished_first_is_not_lost(window, own):
    await window.open()
    await window.filtered(text="job-")
    with (own / DAY1).open("ab") as file:
        file.write(line(3))
    trail = window.shelf.opened[-1]
    matching = trail.matching

    def late(*args, **kwargs):
        found = matching(*args, **kwargs)
        window.desk._view = type(found)("Q", [0])  # another filter was applied meanwhile
        trail.matching = matching
        return found

    trail.matching = late
    window.desk.refresh()
    await window.quiet()
    assert not any(isinstance(event, told.TrailExtended) for event in window.events)


async def test_looking_again_that_nobody_waits_for_is_stopped(window, own):
    await window.open()
    await window.filtered(text="job-")
    with (own / DAY1).open("ab") as file:
        file.write(line(3))
    trail = window.shelf.opened[-1]
    matching = trail.matching

    def stopped(*args, **kwargs):
        window.desk._stop_all()
        return matching(*args, **kwargs)

    trail.matching = stopped
    window.desk.refresh()
    await window.quiet()
    assert window.crashed == []
    assert window.desk.matching == 3


async def test_other_programs_records_are_noticed_every_two_seconds(own):
    window = Window(own, follow=True)
    await window.open()
    await asyncio.sleep(0)
    with (own / DAY1).open("ab") as file:
        file.write(line(3))
    await window.clock.advance(FOLLOW_S)
    assert (await window.told(told.TrailExtended)).total == 4
    await window.tasks.close()


async def test_a_trail_that_was_replaced_is_opened_anew(window, own):
    await window.open()
    (own / DAY1).write_bytes(line(7))
    window.desk.refresh()
    opened = await window.told(told.TrailOpened)
    assert (opened.records, opened.own) == (1, True)


async def test_a_folder_that_vanished_is_told_once_and_opened_when_it_is_written_again(window, own):
    await window.open()
    (own / DAY1).unlink()
    own.rmdir()
    window.desk.refresh()
    await window.told(told.AuditFailed)
    window.desk.refresh()
    await window.quiet()
    assert window.events == []
    own.mkdir()
    (own / DAY1).write_bytes(line(8))
    window.live.tell(TrailGrew(1))
    assert (await window.told(told.TrailOpened)).records == 1


async def test_a_folder_that_cannot_be_looked_at_is_opened_anew(window, own):
    await window.open()
    window.shelf.broken = EnvironmentProblem("gone")
    window.desk.refresh()
    assert (await window.told(told.AuditFailed)).message == "gone"


async def test_growth_of_our_trail_does_not_touch_a_foreign_one(window, own, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / DAY1).write_bytes(line(9))
    await window.open(tmp_path / "other")
    window.live.tell(TrailGrew(None))
    await window.quiet()
    assert window.events == []
    assert not window.desk.own


async def test_verifying_tells_its_progress_and_the_report(window):
    await window.open()
    window.desk.verify()
    window.desk.verify()
    progress = await window.told(told.VerifyProgress)
    assert progress.done <= progress.total
    report = (await window.told(told.VerifyDone)).report
    assert (report.intact, report.records) == (True, 3)
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
    assert (await window.told(told.VerifyDone)).report.intact


async def test_progress_of_work_that_has_ended_is_not_told(window):
    flag = Flag()
    progress = window.desk._progress(told.VerifyProgress, flag)
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
