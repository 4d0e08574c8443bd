"""The window's hands on its own seal, over a real folder: what is told, and what never blocks."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from console.app.anchor import Aside, SenderAnchors
from console.app.anchor_desk import FolderSeal
from console.app.folder import Folder, Place
from console.domain.errors import EnvironmentProblem
from console.services.events import Event, Notice, TrailAnchored
from console.services.tasks import Tasks
from tests.fakes import settle


@pytest.fixture
def witness(tmp_path):
    (tmp_path / "witness").mkdir()
    return tmp_path / "witness"


@pytest.fixture
async def opened(tmp_path):
    """An open folder with these settings, and everything that its hub told."""
    folders: list[Folder] = []

    async def opened(**settings):
        place = Place.find(str(tmp_path / "data"))
        folder = Folder(replace(place, settings=replace(place.settings, **settings)))
        folders.append(folder)
        told: list[Event] = []
        folder.hub.listen(told.append)
        return folder, told

    yield opened
    for folder in folders:
        await folder.journal.drained()
        await folder.close()


def notices(told):
    return [(one.level, one.text) for one in told if isinstance(one, Notice)]


async def until_told(told, count):
    async with asyncio.timeout(20):
        while len(notices(told)) < count:
            await asyncio.sleep(0.005)


async def test_before_the_first_record_there_is_no_checkpoint_to_show(opened):
    folder, _ = await opened()
    assert FolderSeal(folder, lambda: None).checkpoint() is None


async def test_the_checkpoint_is_shown_with_its_key_and_the_last_anchoring(opened, witness):
    folder, told = await opened(anchor_folder=str(witness))
    await folder.started("window")
    anchors = SenderAnchors(folder, lambda: False)
    desk = FolderSeal(folder, lambda: anchors)
    shown = desk.checkpoint()
    assert shown is not None
    assert (shown.size, shown.places) == (2, 1)
    assert shown.root in shown.note
    assert shown.key.startswith(f"{shown.origin}+")
    assert shown.anchored.startswith("Never")
    told.clear()
    desk.anchor()
    desk.anchor()  # pressed twice: the same wish
    await until_told(told, 1)
    assert notices(told) == [("info", f"Checkpoint handed to {witness}")]
    assert [path.name.rpartition("-")[2] for path in witness.iterdir()] == ["2.checkpoint"]
    again = desk.checkpoint()
    assert again is not None
    assert "its first 2 records (the folder" in again.anchored
    assert any(isinstance(one, TrailAnchored) for one in told)
    await anchors.stop(0)


async def test_a_code_is_made_beside_the_window(opened):
    folder, _ = await opened()
    made = asyncio.Event()
    found = []

    def answered(modules):
        found.append(modules)
        made.set()

    FolderSeal(folder, lambda: None).code("cxone", answered)
    assert found == []
    async with asyncio.timeout(20):
        await made.wait()
    assert len(found[0]) == 21


async def test_without_a_place_or_a_record_the_window_says_what_is_missing(opened, witness):
    folder, told = await opened()
    desk = FolderSeal(folder, lambda: None)
    desk.anchor()
    await until_told(told, 1)
    assert "No place outside is configured. Set anchor_folder" in notices(told)[0][1]
    other, heard = await opened(anchor_folder=str(witness))
    anchors = SenderAnchors(other, lambda: True)
    FolderSeal(other, lambda: anchors).anchor()
    await until_told(heard, 1)
    assert "no checkpoint yet" in notices(heard)[0][1]
    await anchors.stop(0)


async def test_a_setting_that_names_no_place_is_told_and_nothing_runs(opened):
    folder, told = await opened(anchor_url="http://example.com/")
    anchors = SenderAnchors(folder, lambda: True)
    anchors.start()
    assert notices(told)[0][1].startswith("The trail is not anchored outside: anchor_url: ")
    assert anchors.places == ()
    assert await anchors.hand_now("ana") == []
    await anchors.stop(0)


async def test_a_checkpoint_that_is_not_ours_is_neither_shown_nor_handed_out(opened, witness):
    folder, told = await opened(anchor_folder=str(witness))
    await folder.started("window")
    note = folder.place.paths.audit_dir / "seal" / "checkpoint"
    note.write_bytes(note.read_bytes().replace(b"\n2\n", b"\n1\n"))
    anchors = SenderAnchors(folder, lambda: True)
    desk = FolderSeal(folder, lambda: anchors)
    with pytest.raises(EnvironmentProblem, match="not the one that this console signed"):
        desk.checkpoint()
    told.clear()
    desk.anchor()
    await until_told(told, 1)
    assert list(witness.iterdir()) == []
    anchors.start()
    await settle()
    assert list(witness.iterdir()) == []
    await anchors.stop(0)


async def test_a_new_key_is_told_and_one_without_a_reason_refused(opened):
    folder, told = await opened()
    await folder.started("window")
    desk = FolderSeal(folder, lambda: None)
    told.clear()
    desk.rotate("  ")
    await until_told(told, 1)
    level, text = notices(told)[0]
    assert (level, "reason" in text) == ("error", True)
    told.clear()
    desk.rotate("laptop lost")
    await until_told(told, 2)
    assert notices(told)[-1] == (
        "info",
        "The trail is signed with a new key; hand its checkpoint out",
    )
    shown = desk.checkpoint()
    assert shown is not None
    assert shown.note.count("\N{EM DASH} ") == 2


async def test_starts_carry_the_seal_only_where_that_is_switched_on(opened):
    folder, _ = await opened(console_seal=True)
    assert folder.seal() is None  # nothing is sealed yet, and nothing can be sent
    await folder.started("window")
    shown = FolderSeal(folder, lambda: None).checkpoint()
    assert shown is not None
    assert folder.seal() == f"{shown.size}:{shown.root}"
    off, _ = await opened()
    await off.started("window")
    assert off.seal() is None


async def test_a_disk_that_hangs_is_left_to_itself_and_takes_no_more_work():
    gate, aside = threading.Event(), Aside("/mnt/witness")
    waiting = Tasks().start(aside(gate.wait), "hangs")
    await settle()
    with pytest.raises(EnvironmentProblem, match="/mnt/witness still does not answer"):
        await aside(lambda: None)
    waiting.cancel()
    await settle()
    gate.set()
    async with asyncio.timeout(20):
        while True:
            try:
                assert await aside(lambda number: number + 1, 1) == 2
                break
            except EnvironmentProblem:
                await asyncio.sleep(0.005)


async def test_what_goes_wrong_on_the_other_thread_comes_back():
    def broken():
        raise EnvironmentProblem("the disk is full")

    with pytest.raises(EnvironmentProblem, match="the disk is full"):
        await Aside("/w")(broken)
