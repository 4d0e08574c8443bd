"""Changing workflow definitions: by whom, why, from what to what, with the trail always true.

Order of a change: stage the new file, commit its record together with the plan to put it in place,
put it in place, forget the plan. A crash before the record leaves nothing; one after it is made
good by the next `settle`, so the trail tells what the folder holds in either case. What somebody
changed in the folder by hand is recorded when it is found.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

from console.domain import records
from console.domain.errors import BadInput, ConsoleError, EnvironmentProblem
from console.domain.values import FieldError, checked_text
from console.domain.workflow import Workflow, changed_keys
from console.services.journal import Journal
from console.services.ports import Clock, Ledger, RecordDraft, Write

PLAN: Final = "definition-plan"
KNOWN: Final = "definition/"
"""Lasting values: the digest of each definition as the trail last told it."""
WATCH_S: Final = 2.0
PATIENCE_S: Final = 10.0


@dataclass(frozen=True)
class Plan:
    """A staged change: the file `staged` becomes `target`, the files `drop` go.

    `after` is the digest of the new definition, empty for a removal.
    """

    workflow_id: str
    staged: str
    target: str
    after: str
    drop: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The plan as one line that `from_text` reads."""
        told = [self.workflow_id, self.staged, self.target, self.after, *self.drop]
        return json.dumps(told)

    @classmethod
    def from_text(cls, text: str) -> Plan:
        """Read what `to_text` wrote."""
        workflow_id, staged, target, after, *drop = json.loads(text)
        return cls(workflow_id, staged, target, after, tuple(drop))


class Shelf(Protocol):
    """The folder of definitions; synchronous, called from worker threads."""

    def all(self) -> tuple[Workflow, ...]: ...
    def get(self, workflow_id: str) -> Workflow | None: ...
    def reload(self) -> None: ...
    def changed(self) -> bool: ...
    def lock(self) -> AbstractContextManager[object] | None:
        """The folder for this change alone until it is left; None where another holds it."""

    def stage(self, workflow: Workflow) -> Plan: ...
    def stage_removal(self, workflow_id: str) -> Plan: ...
    def carry_out(self, plan: Plan) -> None: ...
    def give_up(self, plan: Plan) -> None: ...
    def sweep(self) -> None: ...


@dataclass(frozen=True)
class DefinitionChange:
    """What a change came to: the definition before and after, None where there was or is none."""

    workflow_id: str
    before: Workflow | None
    after: Workflow | None

    @property
    def what(self) -> str:
        """In one word: added, replaced, removed or unchanged."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "unchanged" if self.before.digest == self.after.digest else "replaced"


class DefinitionDesk:
    """Adds, replaces and removes definitions in the name of one operator."""

    def __init__(
        self, shelf: Shelf, ledger: Ledger, journal: Journal, clock: Clock, operator: str
    ) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._operator = operator
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change; the returned function takes it out again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def put(
        self,
        workflow: Workflow,
        reason: str = "",
        *,
        replace: bool = False,
        before: str | None = None,
    ) -> DefinitionChange:
        """Store a definition; with `replace` over one of its id.

        `before` is the digest of the definition that a person changed: where another stands there
        by now, nothing is done. Raises BadInput in words, EnvironmentProblem where nothing was
        stored.
        """
        _storable(reason)
        with await self._locked():
            await self._settle()
            present = self._shelf.get(workflow.workflow_id)
            if present is not None and not replace:
                raise BadInput(
                    f"There is a definition of {workflow.workflow_id} already; with --replace the"
                    " new one takes its place",
                    "id",
                )
            if before is not None and before != ("" if present is None else present.digest):
                raise BadInput(
                    f"The definition of {workflow.workflow_id} was changed by somebody else"
                    " meanwhile; look at it again.",
                    "id",
                )
            change = DefinitionChange(workflow.workflow_id, present, workflow)
            if change.what != "unchanged":
                plan = await asyncio.to_thread(self._shelf.stage, workflow)
                await self._change(plan, change, reason)
        self._tell()
        return change

    async def remove(self, workflow_id: str, reason: str = "") -> DefinitionChange:
        """Take a definition away; jobs and records stay. BadInput where there is none."""
        _storable(reason)
        with await self._locked():
            await self._settle()
            present = self._shelf.get(workflow_id)
            if present is None:
                raise BadInput(f"There is no definition of {workflow_id!r}", "id")
            change = DefinitionChange(workflow_id, present, None)
            plan = await asyncio.to_thread(self._shelf.stage_removal, workflow_id)
            await self._change(plan, change, reason)
        self._tell()
        return change

    async def settle(self) -> None:
        """Finish what a crash left, and record what was changed in the folder by hand."""
        with await self._locked():
            different = await self._settle()
        if different:
            self._tell()

    async def watch(self) -> None:
        """Look again every two seconds, until cancelled."""
        never = asyncio.Event()
        while True:
            await self._clock.wait(never, WATCH_S)
            with suppress(ConsoleError):  # tried again; whoever changes something is told
                await self.look_again()

    async def look_again(self) -> bool:
        """Read the folder again where it has changed; True where it has."""
        if not await asyncio.to_thread(self._shelf.changed):
            return False
        await self.settle()
        return True

    async def _locked(self) -> AbstractContextManager[object]:
        until = self._clock.monotonic() + PATIENCE_S
        while (lock := self._shelf.lock()) is None:
            if self._clock.monotonic() > until:
                raise EnvironmentProblem(
                    "Another process is changing the workflow definitions; try again in a moment"
                )
            await self._clock.sleep(0.05)
        return lock

    async def _change(self, plan: Plan, change: DefinitionChange, reason: str) -> None:
        now = self._clock.now()
        draft = records.definition_changed(
            plan.workflow_id,
            change.what,
            _digest(change.before),
            _digest(change.after),
            changed_keys(change.before, change.after),
            self._operator,
            reason,
            now,
        )
        values = {PLAN: plan.to_text(), KNOWN + plan.workflow_id: plan.after or None}
        try:
            await self._journal.write(Write(records=(draft,), values=values))
        except ConsoleError:  # a cancelled write may still be stored: `settle` finds out
            await asyncio.to_thread(self._shelf.give_up, plan)
            raise
        try:
            await asyncio.to_thread(self._shelf.carry_out, plan)
        except EnvironmentProblem as error:
            raise EnvironmentProblem(
                f"{error} The change is on record and is carried out at the next start"
            ) from error
        await self._journal.write(Write(values={PLAN: None}))
        await asyncio.to_thread(self._shelf.reload)

    async def _settle(self) -> bool:
        text = self._ledger.value(PLAN)
        if text is not None:
            await asyncio.to_thread(self._shelf.carry_out, Plan.from_text(text))
            await self._journal.write(Write(values={PLAN: None}))
        await asyncio.to_thread(self._shelf.sweep)
        different = await asyncio.to_thread(self._shelf.changed)
        if different:
            await asyncio.to_thread(self._shelf.reload)
        found = {workflow.workflow_id: workflow for workflow in self._shelf.all()}
        known = {
            name.removeprefix(KNOWN): digest
            for name, digest in self._ledger.values_under(KNOWN).items()
        }
        drafts, values = self._unknown(found, known)
        if drafts:
            await self._journal.write(Write(records=tuple(drafts), values=values))
        return different or bool(drafts)

    def _unknown(
        self, found: Mapping[str, Workflow], known: Mapping[str, str]
    ) -> tuple[list[RecordDraft], dict[str, str | None]]:
        """What the folder holds and the trail does not tell, as records and lasting values."""
        now = self._clock.now()
        drafts: list[RecordDraft] = []
        values: dict[str, str | None] = {}
        for workflow_id in sorted(found.keys() | known.keys()):
            before, after = known.get(workflow_id), _digest(found.get(workflow_id))
            if before == after:
                continue
            what = "found" if after else "gone"
            drafts.append(
                records.definition_changed(
                    workflow_id, what, before, after, [], "", "", now, noticed_by=self._operator
                )
            )
            values[KNOWN + workflow_id] = after
        return drafts, values

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _digest(workflow: Workflow | None) -> str | None:
    return None if workflow is None else workflow.digest


def _storable(reason: str) -> None:
    try:
        checked_text(reason)
    except FieldError as error:
        raise BadInput(f"The reason cannot be used: {error}", "reason") from error
