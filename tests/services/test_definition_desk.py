"""Definitions change with their records, whatever ends in between, whoever else is at it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.workflow import Workflow, definition_text
from console.services.definition_desk import PLAN, WATCH_S, DefinitionDesk, Plan
from console.store.definitions import DefinitionStore
from tests.fakes import World, settle


class Died(BaseException):
    """The process was killed here."""


class Office(World):
    """A folder of definitions and the desk over it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.store = DefinitionStore(folder)
        self.open()

    def open(self) -> DefinitionDesk:
        """As after a start: the folder unread, the ledger as it was."""
        self.store = DefinitionStore(self.folder)
        self.desk = DefinitionDesk(self.store, self.ledger, self.journal, self.clock, "op-north")
        return self.desk

    def changes(self) -> list[dict[str, Any]]:
        return [
            dict(draft.payload)
            for draft in self.ledger.trail
            if draft.event_type == "DEFINITION_CHANGED"
        ]

    def listed(self) -> list[str]:
        return [workflow.workflow_id for workflow in DefinitionStore(self.folder).all()]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


ONE = Workflow("wf_a", "One")
TWO = Workflow("wf_a", "One", limit=3)


async def test_each_change_is_on_record_with_who_why_and_both_digests(office):
    await office.desk.put(ONE, "first")
    await office.desk.put(TWO, "fewer at once", replace=True)
    await office.desk.remove("wf_a", "no longer used")
    kept = [
        (r["change"], r["digestBefore"], r["digestAfter"], r["reason"]) for r in office.changes()
    ]
    assert kept == [
        ("added", None, ONE.digest, "first"),
        ("replaced", ONE.digest, TWO.digest, "fewer at once"),
        ("removed", TWO.digest, None, "no longer used"),
    ]
    assert {record["operator"] for record in office.changes()} == {"op-north"}
    assert office.changes()[1]["keys"] == ["limit"]
    assert office.listed() == []


async def test_a_definition_that_exists_is_not_replaced_unasked(office):
    await office.desk.put(ONE)
    with pytest.raises(BadInput, match="--replace"):
        await office.desk.put(TWO)
    assert DefinitionStore(office.folder).get("wf_a") == ONE
    assert len(office.changes()) == 1


async def test_the_same_definition_again_changes_and_records_nothing(office):
    await office.desk.put(ONE)
    change = await office.desk.put(ONE, replace=True)
    assert change.what == "unchanged"
    assert len(office.changes()) == 1


async def test_an_edit_of_a_definition_that_another_has_changed_is_refused(office):
    await office.desk.put(ONE)
    await office.desk.put(TWO, replace=True)
    with pytest.raises(BadInput, match="changed by somebody else"):
        await office.desk.put(Workflow("wf_a", "x"), replace=True, before=ONE.digest)
    await office.desk.put(Workflow("wf_a", "x"), replace=True, before=TWO.digest)
    with pytest.raises(BadInput, match="changed by somebody else"):
        await office.desk.put(Workflow("wf_b", "x"), replace=True, before=TWO.digest)


async def test_what_is_not_there_cannot_be_removed(office):
    with pytest.raises(BadInput, match="no definition of 'wf_b'"):
        await office.desk.remove("wf_b")


async def test_half_a_character_in_the_reason_is_refused_before_anything_changes(office):
    with pytest.raises(BadInput, match="reason"):
        await office.desk.put(ONE, "\ud800")
    assert office.listed() == []


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("deed", ["put", "replace", "remove"])
async def test_killed_around_the_last_step_the_folder_holds_what_the_trail_tells(
    office, monkeypatch, deed, step
):
    if deed != "put":
        await office.desk.put(ONE)
    carried = office.store.carry_out

    def die(plan: Plan) -> None:
        if step == "after":
            carried(plan)
        raise Died

    monkeypatch.setattr(office.store, "carry_out", die)
    removal = deed == "remove"
    doing = office.desk.remove("wf_a") if removal else office.desk.put(TWO, replace=True)
    with pytest.raises(Died):
        await doing
    await office.open().settle()
    told = office.changes()[-1]
    present = DefinitionStore(office.folder).get("wf_a")
    assert told["change"] == {"put": "added", "replace": "replaced", "remove": "removed"}[deed]
    assert told["digestAfter"] == (None if present is None else present.digest)
    assert office.ledger.value(PLAN) is None
    assert not office.store.unfinished()
    count = len(office.changes())
    await office.open().settle()
    assert len(office.changes()) == count


async def test_killed_before_the_record_nothing_has_changed(office, monkeypatch):
    async def die(_: object) -> None:
        raise Died

    monkeypatch.setattr(office.journal, "write", die)
    with pytest.raises(Died):
        await office.desk.put(ONE)
    monkeypatch.undo()
    await office.open().settle()
    assert office.listed() == []
    assert office.changes() == []
    assert not office.store.unfinished()


async def test_where_the_record_cannot_be_stored_nothing_changes_and_nothing_is_left(office):
    office.ledger.full = True
    with pytest.raises(EnvironmentProblem, match="full"):
        await office.desk.put(ONE)
    assert office.listed() == []
    assert not office.store.unfinished()


async def test_a_disk_that_refuses_the_last_step_is_told_and_made_good_later(office, monkeypatch):
    def refuse(_: Plan) -> None:
        raise EnvironmentProblem("The folder cannot be changed: read-only.")

    monkeypatch.setattr(office.store, "carry_out", refuse)
    with pytest.raises(EnvironmentProblem, match="on record and is carried out at the next start"):
        await office.desk.put(ONE)
    await office.open().settle()
    assert office.listed() == ["wf_a"]


async def test_what_somebody_changed_by_hand_is_recorded_when_it_is_found(office):
    await office.desk.put(ONE)
    (office.folder / "hand.json").write_text(definition_text(Workflow("wf_b", "By hand")))
    (office.folder / "wf_a.json").unlink()
    await office.open().settle()
    told = {record["workflowId"]: record for record in office.changes()[1:]}
    assert told["wf_a"]["change"] == "gone"
    assert told["wf_a"]["digestBefore"] == ONE.digest
    assert told["wf_b"]["change"] == "found"
    assert told["wf_b"]["operator"] == ""
    assert told["wf_b"]["noticedBy"] == "op-north"
    await office.open().settle()
    assert len(office.changes()) == 3


async def test_whoever_listens_is_told_once_for_each_change_and_not_for_none(office):
    heard: list[str] = []
    leave = office.desk.listen(lambda: heard.append("changed"))
    await office.desk.put(ONE)
    assert not await office.desk.look_again()
    (office.folder / "hand.json").write_text(definition_text(Workflow("wf_b", "By hand")))
    assert await office.desk.look_again()
    assert heard == ["changed", "changed"]
    leave()
    await office.desk.remove("wf_b")
    assert heard == ["changed", "changed"]


async def test_the_folder_is_watched_also_past_a_moment_of_trouble(office, monkeypatch):
    heard = asyncio.Event()
    office.desk.listen(heard.set)
    ways: list[Any] = [EnvironmentProblem("busy"), True]

    def changed() -> bool:
        way = ways.pop(0) if ways else False
        if isinstance(way, Exception):
            raise way
        return bool(way)

    monkeypatch.setattr(office.store, "changed", changed)
    task = office.tasks.start(office.desk.watch(), "watch")
    (office.folder / "hand.json").write_text(definition_text(ONE))
    while not heard.is_set():
        await settle()
        await office.clock.advance(WATCH_S)
    task.cancel()
    assert office.changes()[-1]["change"] == "found"


async def test_a_change_waits_for_another_process_and_gives_up_in_words(office):
    held = DefinitionStore(office.folder).lock()
    assert held is not None
    waiting = office.tasks.start(office.desk.put(ONE), "put")
    await settle()
    with held:
        assert office.listed() == []
    while not waiting.done():
        await office.clock.advance(0.1)
        await settle()
    assert office.listed() == ["wf_a"]
    with DefinitionStore(office.folder).lock():  # type: ignore[union-attr]
        waiting = office.tasks.start(_refused(office), "put")
        while not waiting.done():
            await settle()
            await office.clock.advance(1)
        assert "try again" in waiting.result()


async def _refused(office: Office) -> str:
    with pytest.raises(EnvironmentProblem) as refused:
        await office.desk.put(TWO, replace=True)
    return str(refused.value)
