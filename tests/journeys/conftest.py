"""Real processes over loopback: the built-in simulator, or a tenant that counts every byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.interposed import Interposed
from tests.journeys.program import Program
from tests.journeys.scenarios import CALLS, SCENARIOS, Prepare, fresh_folder
from tests.journeys.strict_tenant import StrictTenant, strict_tenant


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture
def tenant() -> Iterator[StrictTenant]:
    with strict_tenant() as opened:
        yield opened


@pytest.fixture
def console(program: Program, tenant: StrictTenant) -> Program:
    """The program with a profile for the strict tenant."""
    program.connect(tenant.url)
    return program


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `cxone-console simulate`, one for all tests of a run."""
    program = Program(tmp_path_factory.mktemp("simulator"))
    with program.started("simulate", "--port", "0") as running:
        yield running.first_line().removeprefix("listening on ")
        running.interrupt()
        assert running.end().err == ""


@pytest.fixture
def demo(program: Program, simulator: str) -> Program:
    """The program with a profile for the built-in simulator."""
    program.settings["CXONE_CONSOLE_CLIENT_SECRET"] = "demo-secret"
    program.connect(simulator)
    return program


@pytest.fixture(scope="session")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[Prepare, Interposed]:
    """One undisturbed run of each scenario, with every call that it made."""
    found: dict[Prepare, Interposed] = {}
    folder = tmp_path_factory.mktemp("counted")
    with strict_tenant() as tenant:
        console = Program(folder / "home")
        console.connect(tenant.url)
        for prepare in SCENARIOS:
            found[prepare] = Interposed(folder / f"{prepare.__name__}.log", CALLS)
            fresh = fresh_folder(console, tenant, folder / prepare.__name__)
            ran = fresh.run(*prepare(fresh, tenant), under=found[prepare].command)
            assert ran.code == 0, ran.err
    return found
