"""How fast the real queue sends: 500 jobs, every step durable, against a client that only posts.

Both sides send to one simulator in a process of its own, from one event loop, eight at a time,
in turns; the median of nine. `dispatch` is measured against httpx as it comes, in a process of
its own; `dispatch-latency` against the tutorial's sequential loop (count, then POST) where the
server takes 50 ms to answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

from bench import plain_client
from bench.plain_client import CONTEXT, INSTANCES, WORKFLOW, body
from console.app.folder import Folder, Place, opened
from console.domain.job import JobState
from console.services.commands import TriggerRequest
from console.services.events import Event, JobChanged
from console.store.profiles import Profile

ROOT: Final = Path(__file__).resolve().parents[1]
JOBS: Final = 500
CONCURRENCY: Final = 8
ROUNDS: Final = 9
SLOW_JOBS: Final = 200
SLOW_LOOPS: Final = 30
LATENCY_MS: Final = 50
SECRET: Final = "demo-secret"  # noqa: S105 - the simulator's
QUICK: Final[dict[str, Any]] = {"unknownWorkflows": "accept", "limits": {"*": 1_000_000}}
SLOW: Final[dict[str, Any]] = {**QUICK, "latencyMs": [LATENCY_MS, LATENCY_MS]}


@contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """A tenant in a process of its own."""
    scenario = folder / "bench.json"
    scenario.write_text(json.dumps(QUICK))
    command = [sys.executable, "-m", "console", "simulate", "--scenario", str(scenario)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().removeprefix("listening on ")
        finally:
            process.terminate()


def play(url: str, scenario: dict[str, Any]) -> None:
    httpx.post(f"{url}/__sim/scenario", json={"scenario": scenario}).raise_for_status()


def authorization(url: str) -> dict[str, str]:
    form = {
        "grant_type": "client_credentials",
        "client_id": "demo-client",
        "client_secret": SECRET,
        "scope": "workflow:write workflow:read",
    }
    token = httpx.post(f"{url}/v1/oauth2/token", data=form).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def plain(url: str, headers: dict[str, str], jobs: int) -> float:
    """Jobs a second of httpx as it comes."""
    token = headers["Authorization"].removeprefix("Bearer ")
    script = Path(plain_client.__file__)
    command = [sys.executable, str(script), url, token, str(jobs), str(CONCURRENCY)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


async def console(folder: Path, url: str, jobs: int) -> float:
    """Jobs a second of the real queue, from the first look to the last record on disk."""
    place = Place.find(str(folder))
    profile = Profile(
        "bench", "demo-client", environment="demo", token_url=f"{url}/v1/oauth2/token", api_url=url
    )
    place.profiles.add(profile, replaces="bench")
    async with opened(place) as opened_folder:
        await _queue(opened_folder, profile, jobs)
        done = asyncio.Event()
        accepted = 0

        def hear(event: Event) -> None:
            nonlocal accepted
            if isinstance(event, JobChanged) and event.job.state is JobState.ACCEPTED:
                accepted += 1
                if accepted == jobs:
                    done.set()

        opened_folder.hub.listen(hear)
        sender = opened_folder.sender()
        began = time.perf_counter()
        running = opened_folder.tasks.start(sender.run(), "sender")
        await done.wait()
        seconds = time.perf_counter() - began
        await sender.stop()
        await running
    return jobs / seconds


async def _queue(folder: Folder, profile: Profile, jobs: int) -> None:
    target = folder.target(profile)
    requests = [TriggerRequest("", WORKFLOW, CONTEXT) for _ in range(jobs)]
    await asyncio.gather(*(folder.operator.trigger(request, target) for request in requests))


def tutorial(url: str, headers: dict[str, str], jobs: int) -> float:
    """Jobs a second of the tutorial's loop: count, then POST, one after the other."""
    with httpx.Client(base_url=url, headers=headers) as client:
        began = time.perf_counter()
        for number in range(jobs):
            asked = {"workflowId": WORKFLOW, "status": "running", "pageSize": "1"}
            running = client.get(INSTANCES, params=asked).json()["totalCount"]
            assert running < 1_000_000
            client.post(INSTANCES, json=body(number)).raise_for_status()
        return jobs / (time.perf_counter() - began)


def figure(name: str, ours: list[float], other: list[float], against: str, target: float) -> None:
    """Print one figure: medians, and their ratio round by round."""
    ratio = median(mine / theirs for mine, theirs in zip(ours, other, strict=True))
    print(
        json.dumps(
            {
                "name": name,
                "value": round(median(ours), 1),
                "unit": "jobs/s",
                "ratio": round(ratio, 3),
                "against": against,
                "against_value": round(median(other), 1),
                "target": target,
                "ok": ratio >= target,
            }
        ),
        flush=True,
    )


def main() -> int:
    """Print the figures."""
    for name in [name for name in os.environ if name.startswith("CXONE_CONSOLE_")]:
        del os.environ[name]
    os.environ["CXONE_CONSOLE_CLIENT_SECRET"] = SECRET
    os.environ["CXONE_CONSOLE_CONCURRENCY"] = str(CONCURRENCY)
    os.environ["CXONE_CONSOLE_DEFAULT_LIMIT"] = "1000000"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        os.environ["CXONE_CONSOLE_CONFIG_DIR"] = str(folder / "config")
        with simulator(folder) as url:
            headers = authorization(url)
            asyncio.run(plain_client.post_all(url, headers, CONCURRENCY, CONCURRENCY))
            asyncio.run(console(folder / "warm", url, CONCURRENCY))
            ours, alone = [], []
            for number in range(ROUNDS):
                alone.append(plain(url, headers, JOBS))
                ours.append(asyncio.run(console(folder / f"quick-{number}", url, JOBS)))
            figure("dispatch", ours, alone, "bare httpx", 0.7)
            play(url, SLOW)
            ours, loop = [], []
            for number in range(3):
                loop.append(tutorial(url, headers, SLOW_LOOPS))
                ours.append(asyncio.run(console(folder / f"slow-{number}", url, SLOW_JOBS)))
            against = f"the tutorial's loop, {LATENCY_MS} ms server latency"
            figure("dispatch-latency", ours, loop, against, 5.0)
    return 0
