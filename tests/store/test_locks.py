"""One holder at a time, between processes and within one; a crash leaves no lock behind."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.domain.errors import EnvironmentProblem
from console.store import locks
from console.store.locks import FileLock

HOLDER = """
import sys
from pathlib import Path
from console.store.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the lock until its input ends, or until it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sender.lock"


def test_of_two_who_want_it_one_has_it(path: Path) -> None:
    one, two = FileLock(path), FileLock(path)
    assert one.acquire(block=False)
    assert not two.acquire(block=False)
    assert (one.held, two.held) == (True, False)
    one.release()
    assert two.acquire(block=False)
    two.release()


def test_who_holds_it_may_ask_again(path: Path) -> None:
    lock = FileLock(path)
    assert lock.acquire()
    assert lock.acquire(block=False)
    lock.release()
    lock.release()
    assert not lock.held


def test_another_process_that_holds_it_keeps_everyone_out(path: Path) -> None:
    with held_elsewhere(path):
        assert not FileLock(path).acquire(block=False)


def test_a_process_that_is_killed_leaves_no_lock_behind(path: Path) -> None:
    with held_elsewhere(path) as holder:
        holder.kill()
        holder.wait()
        lock = FileLock(path)
        assert lock.acquire(block=False)
        lock.release()


def test_a_child_process_does_not_inherit_it(path: Path) -> None:
    lock = FileLock(path)
    lock.acquire()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        lock.release()
        assert FileLock(path).acquire(block=False)
        child.kill()


def test_who_waits_gets_it_as_soon_as_it_is_free(path: Path) -> None:
    with held_elsewhere(path) as holder:
        taken = threading.Event()

        def wait() -> None:
            with FileLock(path) as lock:
                assert lock.held
                taken.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not taken.is_set()
        assert holder.stdin is not None
        holder.stdin.close()
        assert taken.wait(10)
        waiting.join()
    assert FileLock(path).acquire(block=False)


def test_a_block_that_fails_gives_it_back(path: Path) -> None:
    with pytest.raises(ValueError, match="boom"), FileLock(path):
        raise ValueError("boom")
    assert FileLock(path).acquire(block=False)


def test_the_file_is_for_its_owner_alone_and_stays_empty(path: Path) -> None:
    with FileLock(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes() == b""


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="Cannot open the lock"):
        FileLock(tmp_path / "nowhere" / "sender.lock").acquire()


def test_a_file_system_without_locks_is_refused_in_words(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(fd: int, *, block: bool) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(locks, "_acquire", no_locks)
    before = open_files()
    lock = FileLock(path)
    with pytest.raises(EnvironmentProblem, match="Network file systems"):
        lock.acquire()
    after = open_files()
    assert (lock.held, after) == (False, before)
