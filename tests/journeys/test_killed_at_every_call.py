"""The program killed before each call that writes or sends: the next start makes all of it good.

A sweep runs a real command under strace, once to count its calls and once for each of them with
SIGKILL before the n-th. Under `make prove` every call is met, else a sample of each kind.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.aftermath import assert_whole, drain, jobs
from tests.journeys.interposed import Interposed, Point, at, sample
from tests.journeys.program import Program
from tests.journeys.scenarios import ADDED, CALLS, SCENARIOS, Prepare, fresh_folder
from tests.journeys.strict_tenant import StrictTenant

MORE: Final = 0


@pytest.mark.parametrize("prepare", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_killed_before_any_call_it_loses_and_doubles_nothing(
    tmp_path: Path,
    console: Program,
    tenant: StrictTenant,
    counted: dict[Prepare, Interposed],
    prepare: Prepare,
    proving: bool,
) -> None:
    points = counted[prepare].points()
    chosen = points if proving else sample(points, MORE, prepare.__name__)
    killed = 0
    for point in chosen:
        with at(point):
            killed += _killed(console, tenant, prepare, point, tmp_path)
    # Two runs differ a little: how many records share one commit is a matter of moments.
    assert killed >= len(chosen) * 0.8


def _killed(
    console: Program, tenant: StrictTenant, prepare: Prepare, point: Point, folder: Path
) -> bool:
    """Kill one run at `point` and prove what it leaves; False where it did not get that far."""
    home = folder / str(point)
    fresh = fresh_folder(console, tenant, home)
    args = prepare(fresh, tenant)
    stood = len(jobs(fresh))
    log = folder / f"{point}.log"
    fault = {point.call: f"signal=KILL:when={point.number}"}
    ran = fresh.run(*args, under=Interposed(log, CALLS, faults=fault).command)
    assert ran.code in (0, -9), ran.err
    # All of them or none: no row of a batch alone, and nothing that was shown is gone.
    added, found = ADDED[args[0]], len(jobs(fresh)) - stood
    assert found in ((added,) if ran.code == 0 or ran.out else (0, added))
    assert drain(fresh).clean
    assert_whole(fresh, tenant)
    assert fresh.types().count("AUDIT_RECOVERED") <= 1
    shutil.rmtree(home)
    log.unlink()
    return ran.code == -9
