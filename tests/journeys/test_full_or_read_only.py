"""A data folder on a disk that is full or read-only: told in words, and on it goes when it can.

Where this account may mount, the disk is a small one of its own; elsewhere the system's answers
are strace's. A folder of this account without the right to write is the same to the program.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import pytest

from tests.journeys.aftermath import assert_whole, drain, jobs
from tests.journeys.interposed import Interposed
from tests.journeys.program import Program, until
from tests.journeys.scenarios import fresh_folder, queue_jobs
from tests.journeys.strict_tenant import StrictTenant

SIZE: Final = "4m"
JOBS: Final = 40


def mounted(folder: Path, *options: str) -> bool:
    """Mount as asked; False where this account may not."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", *options, str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def small_disk(home: Path) -> Iterator[bool]:
    """`home` on a disk of 4 MiB, or (False) on the one where it is."""
    small = mounted(home, "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs")
    try:
        yield small
    finally:
        if small:
            # Lazily: this process still has the log open, in which it was last asked to write.
            subprocess.run(["umount", "--lazy", str(home)], check=True)


class Disk(Protocol):
    """A disk of which a test takes and gives back all space."""

    under: list[str]

    def fill(self) -> None: ...
    def free(self) -> None: ...


class SmallDisk:
    """Filled for real."""

    def __init__(self, home: Path) -> None:
        self.under: list[str] = []
        self._ballast = home / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as stream:
            for size in (65536, 4096):
                try:
                    while stream.write(bytes(size)):
                        pass
                except OSError:
                    continue  # what is left is smaller

    def free(self) -> None:
        self._ballast.unlink()


class ScriptedDisk:
    """Refuses some calls in a row, then takes them again."""

    def __init__(self, home: Path) -> None:
        data = home / "data"
        files = [data / "console.db", data / "console.db-wal", *(data / "audit").glob("*.jsonl")]
        faults = {"pwrite64": "error=ENOSPC:when=20..26", "write": "error=ENOSPC:when=2..4"}
        self.under = Interposed(home / "strace.log", list(faults), files, faults).command

    def fill(self) -> None:
        pass

    def free(self) -> None:
        pass


@pytest.mark.parametrize("allowed", [True, False], ids=["a small disk", "a scripted disk"])
def test_on_a_disk_that_fills_up_sending_stops_and_goes_on_when_there_is_space(
    tmp_path: Path, console: Program, tenant: StrictTenant, allowed: bool
) -> None:
    with small_disk(tmp_path / "small") if allowed else _no_disk() as small:
        home = tmp_path / "small"
        fresh = fresh_folder(console, tenant, home)
        queue_jobs(fresh, JOBS)
        disk: Disk = SmallDisk(home) if small else ScriptedDisk(home)
        tenant.hold()
        with fresh.started("queue", "run", "--until-idle", under=disk.under) as running:
            until(lambda: tenant.bodies, "the first trigger is on its way")
            disk.fill()
            tenant.release()
            said = running.first_trouble()
            assert "is full" in said
            assert "goes on by itself" in said
            if small:  # what is in flight fits into the space kept aside, and nothing follows it
                until(lambda: _stored(fresh) == len(tenant.bodies), "every outcome is stored")
                assert running.alive
                assert len(tenant.bodies) < JOBS
            assert _whole_lines(fresh)
            disk.free()
            ran = running.end()
        assert ran.code == 0, ran.err
        assert drain(fresh).clean
        assert_whole(fresh, tenant)
        assert len(jobs(fresh)) == JOBS


def _stored(fresh: Program) -> int:
    return list(jobs(fresh).values()).count("accepted")


@pytest.mark.parametrize(
    "command", [("trigger", "wf"), ("queue", "run", "--until-idle")], ids=" ".join
)
def test_a_start_on_a_full_disk_says_so_in_one_line_and_sends_nothing(
    tmp_path: Path, console: Program, tenant: StrictTenant, command: tuple[str, ...]
) -> None:
    with small_disk(tmp_path / "small") as small:
        home = tmp_path / "small"
        fresh = fresh_folder(console, tenant, home)
        queue_jobs(fresh, 2)
        disk = SmallDisk(home)
        if small:
            disk.fill()
        ran = fresh.run(*command, file_limit=None if small else 0)
        assert (ran.code, ran.out, tenant.bodies) == (3, "", [])
        assert str(fresh.data_dir) in ran.one_line
        if small:
            assert "is full" in ran.one_line
            disk.free()
        assert drain(fresh).clean
        assert_whole(fresh, tenant)
        assert len(jobs(fresh)) == 2


def _whole_lines(fresh: Program) -> bool:
    """True where no line of the trail is half written."""
    return all(file.read_bytes().endswith(b"\n") for file in fresh.data_dir.rglob("*.jsonl"))


@contextmanager
def _no_disk() -> Iterator[bool]:
    yield False


@contextmanager
def read_only(fresh: Program, log: Path) -> Iterator[list[str]]:
    """The data folder read-only, in the strongest way this account has; gives what to run under."""
    folder = fresh.data_dir
    if mounted(folder, "--bind", str(folder)):
        try:
            remount = ["mount", "-o", "remount,bind,ro", str(folder)]
            subprocess.run(remount, check=True, capture_output=True)
            yield []
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    elif os.geteuid() == 0:  # rights do not bind this account
        yield _erofs(folder, log)
    else:
        folder.chmod(0o500)
        try:
            yield []
        finally:
            folder.chmod(0o700)


def _erofs(folder: Path, log: Path) -> list[str]:
    """strace's answers; no more than opening fails, and not the system's own libraries."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    new = [folder / name for name in ("console.db-wal", "console.db-shm", "trail.lock")]
    return Interposed(log, ["openat"], [*files, *new], {"openat": "error=EROFS:when=3+"}).command


@pytest.mark.parametrize(
    "command",
    [("trigger", "wf"), ("trigger", "wf", "--wait"), ("queue", "run", "--until-idle")],
    ids=" ".join,
)
def test_in_a_read_only_folder_nothing_is_sent_and_one_line_says_so(
    tmp_path: Path, console: Program, tenant: StrictTenant, command: tuple[str, ...]
) -> None:
    fresh = fresh_folder(console, tenant, tmp_path / "shut")
    queue_jobs(fresh, 2)
    with read_only(fresh, tmp_path / "strace.log") as under:
        ran = fresh.run(*command, under=under)
        assert (ran.code, ran.out) == (3, "")
        assert str(fresh.data_dir) in ran.one_line
    assert tenant.bodies == []
    assert drain(fresh).clean
    assert_whole(fresh, tenant)
    assert len(jobs(fresh)) == 2
