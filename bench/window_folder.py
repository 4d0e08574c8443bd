"""A data folder as it stands after months of work, for `bench_window`: jobs, trail, a connection."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from console.app.system import SystemClock
from console.config import find_paths
from console.domain.audit import record_line
from console.domain.job import FoundBy, JobState, TriggerJob
from console.domain.payload import TriggerPayload
from console.resources import resource_path
from console.services.ports import Write
from console.store.definitions import DefinitionStore
from console.store.ledger import SqliteLedger
from console.store.profiles import Profile, ProfileStore

DAYS: Final = 20
BATCH: Final = 5_000
NEVER_FULL: Final = 100_000
# Nothing listens there: the window is measured, not a tenant.
NOWHERE: Final = "http://127.0.0.1:9"


def make_folder(data_dir: Path, jobs: int, records: int) -> None:
    """Fill `data_dir` with ended jobs and a trail up to yesterday; its one profile is a demo."""
    paths = find_paths(data_dir)
    paths.make()
    DefinitionStore(paths.workflows_dir).seed_from(resource_path("workflows"))
    profile = Profile(
        "bench",
        "bench-client",
        environment="demo",
        token_url=f"{NOWHERE}/token",
        api_url=NOWHERE,
    )
    store = ProfileStore(paths.profiles_file)
    store.add(profile)
    store.use(profile.name)
    make_trail(paths.audit_dir, records)
    _make_jobs(data_dir, jobs)


def make_busy(data_dir: Path, trail: Path, records: int) -> Path:
    """Ready a demo's folder and a trail for a busy day; returns the day's scenario.

    1,000 instances run, 50 begin and 50 end each second, and no workflow is ever full.
    """
    workflows = find_paths(data_dir).workflows_dir
    workflows.mkdir(parents=True)
    for path in resource_path("workflows").glob("*.json"):
        definition = json.loads(path.read_text(encoding="utf-8")) | {"limit": NEVER_FULL}
        (workflows / path.name).write_text(json.dumps(definition), encoding="utf-8")
    trail.mkdir()
    make_trail(trail, records)
    scenario = trail.parent / "busy.json"
    runs = {"*": {"seconds": [20, 20], "waiting": 0, "failed": 0.1, "cancelled": 0}}
    busy = {
        "title": "Busy day",
        "unknownWorkflows": "accept",
        "limits": {"*": NEVER_FULL},
        "foreign": {"count": 1000, "everySeconds": 0.02},
        "runs": runs,
    }
    scenario.write_text(json.dumps(busy), encoding="utf-8")
    return scenario


def workflow_ids() -> list[str]:
    """The ids of the definitions that come with the program."""
    found = sorted(resource_path("workflows").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8"))["id"] for path in found]


def make_trail(folder: Path, records: int) -> None:
    """Fill `folder` with `records` records of the twenty days before today."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(DAYS):
        first = today - timedelta(days=DAYS - day)
        share = range(day * records // DAYS, (day + 1) * records // DAYS)
        lines = b"".join(
            record_line(
                first + timedelta(milliseconds=80 * (number - share[0])),
                "WORKFLOW_TRIGGERED",
                {
                    "jobId": f"{number:08x}-0000-4000-8000-{number:012x}",
                    "workflowId": f"wf_{number % 7}",
                    "instanceId": f"inst-{number:010x}",
                    "operator": "op-north",
                    "reason": f"Customer asked for a call back, ticket {number}",
                    "priority": number % 10 + 1,
                    "latency_ms": number * 1.37 % 900,
                },
            )
            for number in share
        )
        (folder / f"workflow_audit_{first:%Y%m%d}.jsonl").write_bytes(lines)


def _make_jobs(data_dir: Path, jobs: int) -> None:
    ledger = SqliteLedger(data_dir, SystemClock())
    flows = workflow_ids()
    start = datetime.now(UTC) - timedelta(days=1, seconds=jobs)
    try:
        ledger.settle()  # seals the trail, as the first start with it would
        for first in range(0, jobs, BATCH):
            numbers = range(first, min(first + BATCH, jobs))
            ledger.commit([Write(job=_job(n, start, flows[n % len(flows)])) for n in numbers])
    finally:
        ledger.close()


def _job(number: int, start: datetime, workflow_id: str) -> TriggerJob:
    at = start + timedelta(seconds=number)
    job = TriggerJob(
        job_id=f"{number:08x}-0000-4000-8000-{number:012x}",
        profile="bench",
        fingerprint="bench",
        payload=TriggerPayload(workflow_id, {"customerId": f"CUST-{number}"}),
        operator="op-north",
        operator_reason="ticket",
        salt=bytes(16),
        queued_at=at,
        first_checked_at=at,
    )
    sending = job.move(JobState.SENDING, at)
    if number % 30 == 0:
        return sending.move(JobState.FAILED, at, reason="400: refused", latency_ms=120.0)
    return sending.move(
        JobState.ACCEPTED,
        at,
        instance_id=f"inst-{number:010x}",
        found_by=FoundBy.ANSWER,
        latency_ms=80.0 + number % 400,
        completed_at=at,
        instance_status="completed",
    )
