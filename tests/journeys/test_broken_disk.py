"""Single calls to a disk that fail: it is told, nothing is half written, and the next start goes on.

What a full disk refuses is tried again by itself; after a sync that failed only a person, or a
new start, goes on. Under `make prove` every call of each kind fails once, else a sample of them.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.aftermath import assert_whole, drain, jobs
from tests.journeys.interposed import Interposed, Point, at
from tests.journeys.program import Program, Ran
from tests.journeys.scenarios import ADDED, SCENARIOS, Prepare, fresh_folder
from tests.journeys.strict_tenant import StrictTenant

SAMPLED: Final = 2
PROVED: Final = 30
UNSYNCED: Final = ("did not confirm", "disk reports an error")
KNOWN: Final = (*UNSYNCED, "is full", "Check the disk", "cut off in the middle")


@dataclass(frozen=True)
class Fault:
    """What fails, where (the queue's files or the trail's), and for how many calls in a row."""

    call: str
    error: str
    trail: bool
    more: int = 0
    sampled: bool = False
    """So like another one that a sample proves it."""

    def at(self, number: int) -> dict[str, str]:
        """As strace takes it."""
        last = f"..{number + self.more}" if self.more else ""
        return {self.call: f"error={self.error}:when={number}{last}"}

    @property
    def names(self) -> list[str]:
        """The files that it is about, in the data folder."""
        if not self.trail:
            return ["console.db", "console.db-wal", "console.db-shm", "reserve.part"]
        days = (datetime.now(UTC) + timedelta(days=day) for day in (0, 1))
        return ["audit", *(f"audit/workflow_audit_{day:%Y%m%d}.jsonl" for day in days)]


FAULTS: Final = {
    "the trail is not confirmed": Fault("fsync", "EIO", trail=True),
    "the queue is not confirmed": Fault("fdatasync", "EIO", trail=False),
    "the trail does not fit": Fault("write", "ENOSPC", trail=True),
    "the trail does not fit for a while": Fault("write", "ENOSPC", trail=True, more=4),
    "the queue does not fit": Fault("pwrite64", "ENOSPC", trail=False),
    "the queue does not fit for a while": Fault(
        "pwrite64", "ENOSPC", trail=False, more=4, sampled=True
    ),
    "the queue cannot be written": Fault("pwrite64", "EIO", trail=False, sampled=True),
    "the queue cannot grow": Fault("ftruncate", "ENOSPC", trail=False),
    "there is no space to set aside": Fault("fallocate", "ENOSPC", trail=False),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_call_that_fails_is_told_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
    console: Program,
    tenant: StrictTenant,
    counted: dict[Prepare, Interposed],
    name: str,
    proving: bool,
) -> None:
    fault = FAULTS[name]
    points = [
        (prepare, point)
        for prepare in SCENARIOS
        for point in counted[prepare].points(fault.names)
        if point.call == fault.call
    ]
    wanted = len(points) if proving and not fault.sampled else PROVED if proving else SAMPLED
    chosen = random.Random(name).sample(points, min(wanted, len(points)))
    failed = 0
    for prepare, point in chosen:
        with at(point):
            failed += _failed(console, tenant, prepare, fault, point, tmp_path)
    # Two runs differ a little: how many records share one commit is a matter of moments.
    assert failed >= len(chosen) // 2


def _failed(
    console: Program,
    tenant: StrictTenant,
    prepare: Prepare,
    fault: Fault,
    point: Point,
    folder: Path,
) -> bool:
    """Let one call fail and prove what is left; False where the run did not get that far."""
    home = folder / str(point)
    fresh = fresh_folder(console, tenant, home)
    args = prepare(fresh, tenant)
    stood = len(jobs(fresh))
    files = [fresh.data_dir / file for file in fault.names]
    asked = Interposed(folder / f"{point}.log", [fault.call], files, fault.at(point.number))
    ran = fresh.run(*args, under=asked.command)
    _assert_told(ran, closed=fault.call == "fsync")
    found = len(jobs(fresh)) - stood
    assert found == (0 if ran.code == 3 else ADDED[args[0]]), ran
    assert drain(fresh).clean
    assert_whole(fresh, tenant)
    shutil.rmtree(home)
    return bool(asked.failed())


def _assert_told(ran: Ran, *, closed: bool) -> None:
    """Each line says one of the things that can be wrong; an exit code other than 0 has one."""
    lines = ran.err.splitlines()
    assert all(any(known in line for known in KNOWN) for line in lines), ran.err
    if closed:
        assert sum(any(word in line for word in UNSYNCED) for line in lines) == 1, ran.err
    if ran.code:
        assert ran.code in ((1, 3) if closed else (3,)), ran
        assert lines
