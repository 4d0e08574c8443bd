"""`instances` and `metrics`: one reading, a stream of readings, and the figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from console.app.folder import Folder, Place, opened
from console.app.running import run, until
from console.app.views import instance_view, iso
from console.domain.errors import CallError
from console.domain.instance import Instance
from console.domain.metrics import no_executions
from console.services.ports import Tenant


def read_instances(
    data_dir: str | None, profile: str | None, workflow: str | None, status: str | None
) -> dict[str, Any]:
    """One reading; raises CallError where the tenant does not answer."""
    place = Place.find(data_dir)
    chosen = place.profile(profile)

    async def work(_: asyncio.Event) -> dict[str, Any]:
        async with opened(place) as folder:
            tenant = folder.connect(chosen.name).tenant
            return await _reading(folder, tenant, workflow, status)

    return run(work)


def watch_instances(
    data_dir: str | None,
    profile: str | None,
    workflow: str | None,
    status: str | None,
    show: Callable[[dict[str, Any]], bool],
) -> int:
    """Read again and again until Ctrl-C, or until `show` says that nobody looks any more.

    A failed reading is shown as `{"error": …}`.
    """
    place = Place.find(data_dir)
    chosen = place.profile(profile)

    async def work(stop: asyncio.Event) -> int:
        async with opened(place) as folder:
            tenant = folder.connect(chosen.name).tenant

            async def read() -> dict[str, Any]:
                try:
                    return await _reading(folder, tenant, workflow, status)
                except CallError as error:
                    return _unread(folder, workflow, str(error))

            async def watch() -> None:
                while show(await read()):
                    await folder.clock.sleep(folder.settings.poll_interval_s)

            await until(folder.tasks, watch(), stop)
        return 0

    return run(work)


def figures(data_dir: str | None, workflow: str | None) -> list[dict[str, Any]]:
    """The tutorial's figures and percentiles of each workflow, or of one (zeros if never run)."""
    place = Place.find(data_dir)

    async def work(_: asyncio.Event) -> list[dict[str, Any]]:
        async with opened(place) as folder:
            found = folder.ledger.figures(workflow)
            if workflow is not None and not found:
                found = [no_executions(workflow)]
            return [
                {
                    "workflowId": item.workflow_id,
                    "success_rate": item.success_rate,
                    "avg_latency_ms": item.avg_latency_ms,
                    "total_executions": item.total_executions,
                    "p50_ms": item.p50_ms,
                    "p95_ms": item.p95_ms,
                    "p99_ms": item.p99_ms,
                }
                for item in found
            ]

    return run(work)


async def _reading(
    folder: Folder, tenant: Tenant, workflow: str | None, status: str | None
) -> dict[str, Any]:
    if workflow is None:
        listing = await tenant.listing("", status=status)
        running = sum(1 for item in listing.instances if item.status == "running")
        if status is not None:  # what was left out may be running
            running = (await tenant.count("")).count
        limit = None
    else:
        running = (await tenant.count(workflow)).count
        listing = await tenant.listing(workflow, status=status)
        definition = folder.definitions.get(workflow)
        limit = definition.limit if definition else folder.settings.default_limit
    ledger = folder.ledger
    return {
        "workflowId": workflow,
        "count": running,
        "limit": limit,
        "at": iso(folder.clock.now()),
        "instances": [
            instance_view(
                item, ours=item.job_id is not None and ledger.job(item.job_id) is not None
            )
            for item in listing.instances
            if _asked_for(item, workflow, status)
        ],
    }


def _asked_for(item: Instance, workflow: str | None, status: str | None) -> bool:
    """False where the tenant listed what was not asked for; what it does not say is believed."""
    return workflow in (None, item.workflow_id or workflow) and (
        status is None or (item.status or status).casefold() == status.casefold()
    )


def _unread(folder: Folder, workflow: str | None, message: str) -> dict[str, Any]:
    return {
        "workflowId": workflow,
        "count": None,
        "limit": None,
        "at": iso(folder.clock.now()),
        "instances": [],
        "error": message,
    }
