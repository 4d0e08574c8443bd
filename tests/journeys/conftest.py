"""Real processes over loopback: the built-in simulator, or a tenant that counts every byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.program import Program
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
