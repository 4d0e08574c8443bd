"""The desk keeps an index of what is open: told as it is made, held, stopped, and continued."""

import threading

import pytest

from console.domain.audit_view import RecordFilter, Stopped
from console.domain.errors import EnvironmentProblem
from console.services import audit_desk as told
from console.services import trail_index
from tests.services.audit_window import DAY1, Window, line
from tests.store.sealed import Trail

pytestmark = pytest.mark.asyncio


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "audit"
    folder.mkdir()
    (folder / DAY1).write_bytes(b"".join(line(n) for n in range(50)))
    return folder


@pytest.fixture
def window(own, tmp_path):
    return Window(own, cache=tmp_path / "cache")


async def counted(window):
    window.desk.histogram()
    return (await window.told(told.HistogramReady)).histogram


async def test_an_opened_trail_is_indexed_by_itself_and_says_when_records_were_written(window):
    await window.open()
    await window.quiet()
    assert window.indexing[-1] == told.IndexEnded("ready")
    assert any(isinstance(event, told.IndexProgress) for event in window.indexing)
    assert (await counted(window)).timed == 50
    await window.filtered(text="job-1")
    assert (await counted(window)).timed == 11


async def test_without_a_place_for_an_index_there_is_none_and_no_histogram(own):
    window = Window(own)
    await window.open()
    await window.quiet()
    assert window.indexing == [told.IndexEnded("none")]
    assert await counted(window) is None


async def test_indexing_is_held_goes_on_and_is_stopped_when_a_person_says_so(window, monkeypatch):
    held, go = threading.Event(), threading.Event()
    states = []

    def index(progress, cancelled, paused):
        held.set()
        assert go.wait(10)
        states.append((cancelled(), paused()))
        if cancelled():
            raise Stopped
        return True

    opened = window.shelf.open

    def shelf_open(path):
        trail = opened(path)
        trail.index = index
        return trail

    monkeypatch.setattr(window.shelf, "open", shelf_open)
    await window.open()
    window.desk.pause_index(True)
    window.desk.cancel_index()
    go.set()
    await window.quiet()
    assert (states, window.indexing) == ([(True, True)], [told.IndexEnded("stopped")])
    window.desk.index()
    await window.quiet()
    assert (states[1:], window.indexing[1:]) == ([(False, False)], [told.IndexEnded("ready")])


async def test_a_trail_that_was_closed_is_indexed_no_further_and_nothing_is_told(
    window, monkeypatch
):
    monkeypatch.setattr(
        "console.store.audit_index_build.build", lambda *args: pytest.fail("indexed")
    )
    window.desk.index()
    window.desk.histogram()
    window.desk.prove(0)
    await window.quiet()
    assert window.events == window.indexing == []


async def test_an_index_is_continued_once_enough_lines_have_come(window, own, monkeypatch):
    monkeypatch.setattr(trail_index, "WORTH_LINES", 5)
    await window.open()
    await window.quiet()
    seen = len(window.indexing)
    for first, more in ((50, 4), (54, 4)):
        with (own / DAY1).open("ab") as file:
            file.write(b"".join(line(n) for n in range(first, first + more)))
        window.desk.refresh()
        await window.told(told.TrailExtended)
        await window.quiet()
        ended = [event for event in window.indexing[seen:] if isinstance(event, told.IndexEnded)]
        assert len(ended) == (first == 54)
    assert (await counted(window)).timed == 58


async def test_a_trail_that_broke_meanwhile_gives_no_histogram_and_no_complaint(
    window, monkeypatch
):
    await window.open()
    await window.quiet()

    def broken(*_args):
        raise EnvironmentProblem("gone")

    monkeypatch.setattr(window.desk._trail, "histogram", broken)
    window.desk.histogram()
    await window.quiet()
    assert window.events == []


async def test_a_sealed_record_is_proved_and_one_of_an_unsealed_trail_is_told_why_not(
    tmp_path, window
):
    sealed = Trail(tmp_path / "sealed")
    sealed.open_day(0, 9)
    sealed.write().seal()
    window.desk.prove(3)  # nothing is open yet
    await window.open(sealed.folder)
    await window.quiet()
    window.desk.prove(-1)
    window.desk.prove(3)
    proved = await window.told(told.RecordProved)
    assert proved.position == 3
    assert proved.text.startswith(b"c2sp.org/tlog-proof@v1")
    window.desk.save_proof(tmp_path / "one.tlog-proof", 3, proved.text)
    assert (await window.told(told.ProofSaved)).position == 3
    assert (tmp_path / "one.tlog-proof").read_bytes() == proved.text
    window.desk.save_proof(sealed.folder / "x", 3, proved.text)
    assert "lies in the trail itself" in (await window.told(told.AuditFailed)).message
    await window.open(None)
    window.desk.prove(3)
    assert "Nothing can be proved" in (await window.told(told.AuditFailed)).message
    assert window.desk.wanted == RecordFilter()
