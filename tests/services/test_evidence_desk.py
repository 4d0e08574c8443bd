"""Exports of the window: one at a time, told on the way, cancelled, and made by whoever can."""

import asyncio

import pytest

from console.domain.audit_view import Stopped
from console.domain.errors import EnvironmentProblem
from console.services import audit_desk as told
from console.services.evidence_export import ExportWork
from tests.services.audit_window import Window
from tests.store.trails import DAY1, line


@pytest.fixture
def own(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / DAY1).write_bytes(b"".join(line(number) for number in range(3)))
    return own


class Maker:
    """Makes reports and bundles when it is let go on."""

    def __init__(self):
        self.works: list[ExportWork] = []
        self.go = asyncio.Event()
        self.trouble = None

    async def export(self, work):
        self.works.append(work)
        await self.go.wait()
        work.progress(1, 2)
        if work.cancelled():
            raise Stopped
        if self.trouble is not None:
            raise self.trouble
        return len(work.positions)


async def desk_with(own, maker):
    window = Window(own)
    window.desk._exporter = maker
    await window.open()
    return window


@pytest.mark.parametrize("kind", ["pdf", "zip"])
async def test_a_report_and_a_bundle_are_made_of_what_the_view_shows(own, tmp_path, kind):
    maker = Maker()
    maker.go.set()
    window = await desk_with(own, maker)
    window.desk.export(tmp_path / f"all.{kind}", kind)
    assert (await window.told(told.TrailExported)).records == 3
    await window.filtered(text="job-2")
    window.desk.export(tmp_path / f"one.{kind}", kind, disclose=True)
    assert (await window.told(told.TrailExported)).records == 1
    first, second = maker.works
    assert (first.filtered, first.disclose, first.own, list(first.positions)) == (
        False,
        False,
        True,
        [0, 1, 2],
    )
    assert (second.filtered, second.disclose, list(second.positions)) == (True, True, [2])
    assert second.wanted.text == "job-2"
    await window.tasks.close()


async def test_a_second_export_waits_for_the_first_to_end(own, tmp_path):
    maker = Maker()
    window = await desk_with(own, maker)
    window.desk.export(tmp_path / "a.zip", "zip")
    assert (await window.told(told.ExportProgress)).done == 0
    window.desk.export(tmp_path / "b.zip", "zip")
    assert "under way" in (await window.told(told.AuditFailed)).message
    maker.go.set()
    await window.told(told.TrailExported)
    assert len(maker.works) == 1
    await window.tasks.close()


async def test_a_cancelled_export_is_told_and_the_next_one_can_begin(own, tmp_path):
    maker = Maker()
    window = await desk_with(own, maker)
    window.desk.cancel_export()
    window.desk.export(tmp_path / "a.pdf", "pdf")
    await window.told(told.ExportProgress)
    window.desk.cancel_export()
    maker.go.set()
    await window.told(told.ExportCancelled)
    window.desk.export(tmp_path / "a.pdf", "pdf")
    await window.told(told.TrailExported)
    await window.tasks.close()


async def test_an_export_that_cannot_be_made_says_why(own, tmp_path):
    maker = Maker()
    maker.trouble = EnvironmentProblem("no room")
    maker.go.set()
    window = await desk_with(own, maker)
    window.desk.export(tmp_path / "a.zip", "zip")
    assert (await window.told(told.ExportFailed)).message == "no room"
    await window.tasks.close()


async def test_a_table_can_be_cancelled_on_the_way_and_leaves_no_file(own, tmp_path):
    window = await desk_with(own, None)
    window.shelf.gate.clear()
    window.desk.export(tmp_path / "a.csv", "csv")
    await window.told(told.ExportProgress)
    window.desk.cancel_export()
    window.shelf.gate.set()
    await window.told(told.ExportCancelled)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    await window.tasks.close()


async def test_nothing_open_is_nothing_to_export(own, tmp_path):
    window = Window(own)
    window.desk.export(tmp_path / "a.csv", "csv")
    assert window.events == []
    await window.tasks.close()
