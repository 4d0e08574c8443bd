"""What was done stays done, and its exit code stands, whoever reads or hears of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.program import ROOT, Program
from tests.journeys.strict_tenant import StrictTenant

UNHEARD = (">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", ">/dev/full 2>/dev/full")


@pytest.mark.parametrize("redirection", UNHEARD)
def test_a_trigger_whose_answer_nobody_can_read_is_a_done_one(
    console: Program, redirection: str
) -> None:
    assert console.redirected(redirection, "trigger", "wf", "--json") == 0
    assert len(console.jobs()) == 1


@pytest.mark.parametrize("redirection", UNHEARD)
@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("trigger", "wf", "--priority", "99"), 2),
        (("trigger",), 2),
        (("trigger", "wf", "--profile", "elsewhere"), 3),
    ],
)
def test_an_exit_code_does_not_depend_on_who_hears_the_reason(
    console: Program, redirection: str, args: tuple[str, ...], code: int
) -> None:
    assert console.redirected(redirection, *args) == code


def test_a_full_disk_under_the_result_is_told(console: Program) -> None:
    console.redirected(">/dev/full", "queue", "list")
    assert b"could not be printed: No space left" in console.said[-1]


def test_no_file_is_opened_in_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    program = (
        "import os, sys; from console.cli.output import open_streams; open_streams();"
        "number = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY); os.write(number, b'%d' % number)"
    )
    file = tmp_path / "day.jsonl"
    line = 'exec "$0" -c "$@" <&- >&- 2>&-'
    subprocess.run(["sh", "-c", line, sys.executable, program, str(file)], cwd=ROOT, check=True)
    assert int(file.read_bytes()) > 2


def test_a_spoiled_trail_is_a_no_although_the_reader_has_gone(console: Program) -> None:
    (file,) = (console.data_dir / "audit").glob("*.jsonl")
    file.write_bytes(b"nonsense\n")
    with console.started("audit", "verify", str(console.data_dir)) as verifying:
        verifying.close_output()
        assert verifying.end().code == 1


def test_a_search_ends_when_its_reader_has_seen_enough(
    console: Program, tenant: StrictTenant
) -> None:
    (file,) = (console.data_dir / "audit").glob("*.jsonl")
    file.write_bytes(file.read_bytes() * 20_000)
    with console.started("audit", "search", str(console.data_dir), "--json") as searching:
        assert searching.first_line().startswith("[{")
        searching.close_output()
        ran = searching.end()
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1:strict", "utf-16"])
def test_help_and_results_are_printed_in_any_encoding(console: Program, encoding: str) -> None:
    console.settings["PYTHONIOENCODING"] = encoding
    assert console.redirected("", "trigger", "--help") == 0
    ran = console.run("trigger", "wf", "--reason", "Rückruf 😀", "--json")
    assert ran.json["operatorReason"] == "Rückruf 😀"
