"""Records of an open trail written out for others: one export at a time, in a worker, on record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from console.domain.audit_view import RecordFilter, Stopped
from console.services.trail_ports import Cancelled, Progress, Trail, TrailShelf

_EVERY: Final = 500

Exported = Callable[[str, int, bool], Awaitable[None]]
"""Told after an export of our own trail: kind, records, and whether a filter was set."""


@dataclass(frozen=True)
class ExportWork:
    """Which records of `trail` go where: `positions` are what `wanted` shows, in trail order.

    `own` says that it is this installation's live trail, `disclose` that a person chose to hand
    over customers' values too.
    """

    trail: Trail
    positions: Sequence[int]
    path: Path
    kind: str
    own: bool
    wanted: RecordFilter
    disclose: bool
    progress: Progress
    cancelled: Cancelled

    @property
    def filtered(self) -> bool:
        """True where not everything is asked for."""
        return not self.wanted.everything


class Exporter(Protocol):
    """Makes what needs more than the trail: reports and evidence, with their record in our own.

    Raises only ConsoleErrors, and Stopped.
    """

    async def export(self, work: ExportWork) -> int:
        """Write `work.path`, complete or not at all; return how many records are in it."""


async def export(
    work: ExportWork, shelf: TrailShelf, exported: Exported | None, exporter: Exporter | None
) -> int:
    """Do the work; returns how many records were written. Raises ConsoleErrors, and Stopped."""
    if exporter is not None and work.kind in {"pdf", "zip"}:
        return await exporter.export(work)
    records = await asyncio.to_thread(
        shelf.export, work.trail, _stepped(work), work.path, work.kind
    )
    if work.own and exported is not None:
        await exported(work.kind, records, work.filtered)
    return records


def _stepped(work: ExportWork) -> Iterator[int]:
    """Give the positions, and look now and then whether anybody still waits for them."""
    total = len(work.positions)
    for number, position in enumerate(work.positions):
        if number % _EVERY == 0:
            if work.cancelled():
                raise Stopped
            work.progress(number, total)
        yield position
