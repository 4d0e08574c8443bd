"""Real commands that a test interrupts somewhere, each in a data folder of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest

from console.app.folder import Place, opened
from console.domain.job import JobState
from console.services import outcomes
from console.services.commands import TriggerRequest
from console.services.operator import Target
from console.store.audit_log import AuditLog
from tests.journeys.aftermath import jobs
from tests.journeys.program import Program
from tests.journeys.strict_tenant import StrictTenant

CALLS: Final = (
    *("fdatasync", "fsync", "pwrite64", "write", "ftruncate", "fallocate", "sendto"),
    *("unlink", "unlinkat", "rename", "renameat", "mkdir", "mkdirat", "chmod", "fchmod"),
)
"""Every call that writes, sends, or changes a folder."""
JOBS: Final = 3

Prepare = Callable[[Program, StrictTenant], tuple[str, ...]]


def a_batch_to_its_outcome(console: Program, _: StrictTenant) -> tuple[str, ...]:
    """In a folder where nothing was done yet: the queue and the trail are made too."""
    home = console.data_dir.parent
    (home / "rows.csv").write_text("n:integer\n" + "".join(f"{n}\n" for n in range(JOBS)))
    results = ("--results", str(home / "outcome.csv"))
    return ("batch", str(home / "rows.csv"), "--workflow", "wf", "--wait", *results)


def a_sender_after_a_crash(console: Program, tenant: StrictTenant) -> tuple[str, ...]:
    """One job was being sent, one record never reached the trail but for half of its line."""
    with patch.dict(os.environ, console.settings):
        asyncio.run(_leave_disorder(console, tenant))
    return ("queue", "run", "--until-idle")


def a_trigger_sent_at_once(console: Program, _: StrictTenant) -> tuple[str, ...]:
    """Beside jobs that wait."""
    queue_jobs(console, 1)
    return ("trigger", "wf", "--var", "n:integer=7", "--wait", "--json")


def queue_jobs(console: Program, count: int) -> None:
    """Queue some jobs, without a process of its own for each."""
    with patch.dict(os.environ, console.settings):
        asyncio.run(_queue(console, count))


async def _queue(console: Program, count: int) -> None:
    place = Place.find(str(console.data_dir))
    profile = place.profiles.get("demo")
    async with opened(place) as folder:
        target = Target(profile.name, folder.target(profile).fingerprint)
        await folder.custody.claim()
        for n in range(count):
            await folder.operator.trigger(TriggerRequest("", "wf", {"n": n}), target)


async def _leave_disorder(console: Program, tenant: StrictTenant) -> None:
    await _queue(console, JOBS - 1)
    place = Place.find(str(console.data_dir))
    profile = place.profiles.get("demo")
    torn: list[bytes] = []

    def half(_: AuditLog, lines: list[object]) -> None:
        torn.append(b"".join(line.line for line in lines))  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    async with opened(place) as folder:
        first = folder.ledger.job(next(iter(jobs(console))))
        assert first is not None
        sending = first.move(JobState.SENDING, folder.clock.now(), attempts=1)
        folder.ledger.commit([outcomes.change(first, sending)])
        tenant.make(
            {
                "workflowId": "wf",
                "priority": 5,
                "context": {"n": 0},
                "metadata": {"consoleJobId": first.job_id},
            }
        )
        request = TriggerRequest("", "wf", {"n": JOBS})
        target = Target(profile.name, folder.target(profile).fingerprint)
        last = folder.operator.new_job(request, first.payload, target)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(AuditLog, "append", half)
            with pytest.raises(KeyboardInterrupt):
                folder.ledger.commit([outcomes.new_job(last)])
    (file,) = (console.data_dir / "audit").glob("*.jsonl")
    with file.open("ab") as stream:
        stream.write(torn[0][: len(torn[0]) // 2])


SCENARIOS: Final[tuple[Prepare, ...]] = (
    a_batch_to_its_outcome,
    a_sender_after_a_crash,
    a_trigger_sent_at_once,
)
ADDED: Final = {"batch": JOBS, "trigger": 1, "queue": 0}
"""How many jobs each command makes: all of them or none."""


def fresh_folder(console: Program, tenant: StrictTenant, home: Path) -> Program:
    """The program over a folder of its own that knows the tenant, which has forgotten all."""
    fresh = Program(home)
    fresh.settings |= {k: v for k, v in console.settings.items() if k.endswith("_S")}
    fresh.data_dir.mkdir(mode=0o700, parents=True)
    shutil.copy(console.data_dir / "profiles.toml", fresh.data_dir)
    tenant.forget()
    return fresh
