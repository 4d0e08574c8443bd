"""Hands the trail's checkpoint to the places outside: now, or by itself while this process sends.

It stands beside the sender and never in its way: what cannot be handed over is told once and tried
again later, a minute, two, up to an hour apart. A success is a record of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from console.domain.anchor import (
    ANCHORED_KEY,
    AnchorState,
    Held,
    Outgoing,
    anchored,
    due,
    wait_after,
)
from console.domain.errors import BadInput, ConsoleError, EnvironmentProblem, NotSent, Unknown
from console.services.anchor_places import Place
from console.services.events import Hub, Notice, TrailAnchored
from console.services.journal import Journal
from console.services.ports import Clock, Ledger, Write
from console.services.tasks import Tasks

LOOK_S: Final = 15.0
PATIENCE_S: Final = 45.0
"""Longer than any request and shorter than a person's patience: a dead disk answers never."""
CODE: Final = "not-anchored"

Head = Callable[[], Outgoing | None]
"""The trail's present checkpoint, None before its first record; raises EnvironmentProblem."""


@dataclass(frozen=True)
class Outcome:
    """What became of one place: `held` where it took the checkpoint, else `error` says why not."""

    place: Place
    held: Held | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: ConsoleError | None = None

    @property
    def unreached(self) -> bool:
        """True where nobody said no: this computer, the network or the place itself was away."""
        return isinstance(self.error, EnvironmentProblem | NotSent | Unknown)


@dataclass
class _Tries:
    """How often in a row a place has failed, until when it is left in peace, what was told of it."""

    failures: int = 0
    until: float = 0.0
    told: str = ""


class Anchoring:
    """The places of one data folder; `sends` says whether this process is its sender now."""

    def __init__(
        self,
        places: Sequence[Place],
        head: Head,
        ledger: Ledger,
        journal: Journal,
        clock: Clock,
        hub: Hub,
        tasks: Tasks,
        every: timedelta,
        sends: Callable[[], bool] = lambda: True,
    ) -> None:
        self._places = places
        self._head = head
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._hub = hub
        self._tasks = tasks
        self._every = every
        self._sends = sends
        self._tries: dict[str, _Tries] = {}
        self._stopping = asyncio.Event()
        self._recording = asyncio.Lock()
        self._told: TrailAnchored | None = None

    def tell_last(self) -> None:
        """Tell the hub what is known of the last anchoring, where that is news."""
        known = TrailAnchored(self._state().last, len(self._places))
        if known != self._told:  # another process may have anchored meanwhile
            self._told = known
            self._hub.tell(known)

    async def run(self) -> None:
        """Hand over what is due until `stop`; never raises for a place's or the disk's sake."""
        while not self._stopping.is_set():
            try:
                self.tell_last()
                await self._round()
            except ConsoleError as error:  # our own queue or trail cannot be read just now
                self._tell("", str(error))
            else:
                self._well()
            await self._clock.wait(self._stopping, LOOK_S)

    def stop(self) -> None:
        """Begin nothing new; what is under way ends by itself or with its task."""
        self._stopping.set()

    async def hand_now(self, operator: str) -> list[Outcome]:
        """Hand the present checkpoint to every place, whatever they have; each place's outcome.

        Raises ConsoleError where there is no checkpoint yet, EnvironmentProblem where our trail
        cannot be read.
        """
        outgoing = self._head()
        if outgoing is None:
            raise ConsoleError("The trail has no checkpoint yet: nothing is recorded there")
        return await self._hand(self._places, outgoing, operator)

    async def _round(self) -> None:
        if not self._sends() or self._journal.behind is not None:
            return
        state, now, mono = self._state(), self._clock.now(), self._clock.monotonic()
        waiting = [
            place
            for place in self._places
            if self._of(place).until <= mono and due(_last(state, place), now, self._every)
        ]
        outgoing = self._head() if waiting else None
        if outgoing is None:
            return
        wanted = [place for place in waiting if state.new_for(place.key, outgoing.states)]
        if wanted:
            await self._hand(wanted, outgoing, None)

    async def _hand(
        self, places: Sequence[Place], outgoing: Outgoing, operator: str | None
    ) -> list[Outcome]:
        tasks = [
            self._tasks.start(self._one(place, outgoing, operator), f"anchor {place.kind}")
            for place in places
        ]
        return list(await asyncio.gather(*tasks))

    async def _one(self, place: Place, outgoing: Outgoing, operator: str | None) -> Outcome:
        """Hand over to one place and put it on record; none waits for another's answer."""
        outcome = await self._try(place, outgoing)
        if outcome.held is not None:
            try:
                async with self._recording:
                    await self._record(place, outcome.held, outcome.facts, operator)
            except ConsoleError as error:
                why = f"It was kept, but that is not on record: {error}"
                outcome = Outcome(place, error=EnvironmentProblem(why))
        self._note(outcome)
        return outcome

    async def _try(self, place: Place, outgoing: Outgoing) -> Outcome:
        states = outgoing.states
        try:
            async with asyncio.timeout(PATIENCE_S):
                facts = await place.hand(outgoing)
        except TimeoutError:
            why = f"{place.name} does not answer"
            return Outcome(place, error=EnvironmentProblem(why))
        except ConsoleError as error:
            return Outcome(place, error=error)
        now = self._clock.now()
        held = Held(place.kind, place.name, states.origin, states.size, states.root.hex(), now)
        return Outcome(place, held, facts)

    async def _record(
        self, place: Place, held: Held, facts: Mapping[str, Any], operator: str | None
    ) -> None:
        state = self._state().taken(place.key, held)
        records = (anchored(held, facts, operator),)
        origin, size = self._length()
        await self._journal.write(Write(records=records, values={ANCHORED_KEY: state.to_text()}))
        # The one new leaf is ours, unless somebody wrote at the same time: then it counts as news
        # once, and the next time stands alone.
        if self._length() == (origin, size + 1):
            quiet = state.with_own([size]).to_text()
            await self._journal.write(Write(values={ANCHORED_KEY: quiet}))
        self.tell_last()

    def _length(self) -> tuple[str, int]:
        """The trail's origin and how many records are sealed now."""
        outgoing = self._head()
        return ("", 0) if outgoing is None else (outgoing.states.origin, outgoing.states.size)

    def _note(self, outcome: Outcome) -> None:
        tries = self._of(outcome.place)
        if outcome.error is None:
            told, tries.failures, tries.until, tries.told = tries.told, 0, 0.0, ""
            if told:
                text = f"The checkpoint is kept outside again: {outcome.place.name}."
                self._hub.tell(Notice("info", text, f"{CODE}-{outcome.place.kind}"))
            return
        tries.failures += 1
        tries.until = self._clock.monotonic() + wait_after(tries.failures).total_seconds()
        text = f"The trail's checkpoint was not kept outside ({outcome.place.name}):"
        self._tell(outcome.place.kind, f"{text} {str(outcome.error).rstrip('.')}.", tries)

    def _well(self) -> None:
        tries = self._tries.pop("", None)
        if tries is not None:
            self._hub.tell(Notice("info", "The trail's checkpoint can be read again.", CODE))

    def _tell(self, kind: str, text: str, tries: _Tries | None = None) -> None:
        tries = tries or self._tries.setdefault("", _Tries())
        if tries.told != text:
            tries.told = text
            self._hub.tell(Notice("warning", text, f"{CODE}-{kind}".rstrip("-")))

    def _of(self, place: Place) -> _Tries:
        return self._tries.setdefault(place.key, _Tries())

    def _state(self) -> AnchorState:
        return AnchorState.from_text(self._ledger.value(ANCHORED_KEY))


def _last(state: AnchorState, place: Place) -> datetime | None:
    held = state.held.get(place.key)
    return None if held is None else held.at


def refused(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The outcome that decides for all: a place that said no, else one that was not reached."""
    failed = [one for one in outcomes if one.error is not None]
    said_no = [one for one in failed if not one.unreached or isinstance(one.error, BadInput)]
    return next(iter(said_no or failed), None)
