"""The audit desk: opening, paging and filtering trails, answered by events, on real files."""

import pytest

from console.domain.audit_view import EVERYTHING, RecordFilter
from console.services import audit_desk as told
from tests.services.audit_window import DAY1, Window, line


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
