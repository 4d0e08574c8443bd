"""Locks of the operating system on files opened for nothing else; a crash leaves none behind.

POSIX: flock. Windows: LockFileEx. Both end with the process, so no stale file needs cleaning.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from console.domain.errors import EnvironmentProblem

if sys.platform == "win32":  # pragma: no cover - the tests run on POSIX
    import ctypes
    import msvcrt
    from ctypes import wintypes

    class _Overlapped(ctypes.Structure):
        _fields_ = (
            ("Internal", ctypes.c_void_p),
            ("InternalHigh", ctypes.c_void_p),
            ("Offset", wintypes.DWORD),
            ("OffsetHigh", wintypes.DWORD),
            ("hEvent", wintypes.HANDLE),
        )

    def _acquire(fd: int, *, block: bool) -> bool:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        flags = 2 | (0 if block else 1)  # LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(fd))
        if kernel.LockFileEx(handle, flags, 0, 1, 0, ctypes.byref(_Overlapped())):
            return True
        code = ctypes.get_last_error()
        if code == 33:  # ERROR_LOCK_VIOLATION
            return False
        raise OSError(code, "LockFileEx")

else:
    import fcntl

    def _acquire(fd: int, *, block: bool) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if block else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


class FileLock:
    """One exclusive lock between processes (and between two FileLocks of one process)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """True while this object holds the lock."""
        return self._fd is not None

    def acquire(self, *, block: bool = True) -> bool:
        """Take the lock; with `block` False return False where another holds it.

        Raises EnvironmentProblem where the file cannot be opened or locked at all.
        """
        if self._fd is not None:
            return True
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise EnvironmentProblem(
                f"Cannot open the lock {self._path}: {error.strerror}. "
                "Check that the data folder exists and can be written."
            ) from error
        try:
            taken = _acquire(fd, block=block)
        except OSError as error:
            os.close(fd)
            raise EnvironmentProblem(
                f"Cannot lock {self._path}: {error.strerror}. "
                "Network file systems are not supported; choose a local data folder."
            ) from error
        if not taken:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Give the lock back; closing the file does it on every system."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
