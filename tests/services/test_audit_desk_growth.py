"""The audit desk while the trail on the screen grows or is replaced."""

import asyncio

import pytest

from console.domain.audit_view import RecordFilter
from console.domain.errors import EnvironmentProblem
from console.services import audit_desk as told
from console.services.events import JobsReloaded, TrailGrew
from console.services.trail_desk import FOLLOW_S
from tests.services.audit_window import DAY1, DAY2, Window, line


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
