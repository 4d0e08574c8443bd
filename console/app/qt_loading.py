"""Loads Qt faster than a plain import does; without it everything is the same, only later.

Three things take longer than they need. Mapping Qt's libraries, 20 ms, is what a second core can
do meanwhile. PySide carries its own Python modules as source text and compiles them at every
start, 12 ms. And it reads the source of every module that anybody imports after it, to find out
whether that one may say `from __feature__ import snake_case`: 0.2 to 1 ms a module, and each text
stays in memory. Nobody here says so.
"""

from __future__ import annotations

import builtins
import gc
import marshal
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source, find_spec, source_hash
from pathlib import Path
from threading import Thread
from types import CodeType
from typing import Any, Final

_LIBRARIES: Final = (
    "libQt6Core.so.6",
    "libQt6Gui.so.6",
    "libQt6Widgets.so.6",
    "libQt6Svg.so.6",
)
_PYSIDE: Final = "shibokensupport/"
_KEPT: Final = f"pyside.{sys.implementation.cache_tag}.marshal"

Compile = Callable[..., Any]


def load_qt() -> None:
    """Import PySide, and let go of what it does to every import after its own."""
    # What is made now stays: looking through all of it again and again finds no garbage.
    gc.disable()
    if sys.platform == "linux":
        Thread(target=_map_libraries, name="libraries", daemon=True).start()
    kept = _Compiled(Path(cache_from_source(__file__)).with_name(_KEPT))
    plain = builtins.compile
    builtins.compile = kept.around(plain)
    try:
        import PySide6.QtCore  # noqa: F401
    finally:
        builtins.compile = plain
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
    kept.write()


def settle() -> None:
    """Collect garbage again from now on, and leave alone what was there before."""
    gc.freeze()
    gc.enable()


def _map_libraries() -> None:
    """Map Qt's libraries and list the fonts before Qt does; it does so itself where this fails."""
    spec = find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return
    import ctypes  # releases the interpreter while it maps, as an import does not

    folder = Path(spec.submodule_search_locations[0], "Qt", "lib")
    with suppress(OSError):
        for name in _LIBRARIES:
            ctypes.CDLL(str(folder / name))
        platform = os.environ.get("QT_QPA_PLATFORM", "xcb").partition(":")[0]
        ctypes.CDLL(str(folder.parent / "plugins" / "platforms" / f"libq{platform}.so"))
        ctypes.CDLL("libfontconfig.so.1").FcInit()


class _Compiled:
    """PySide's modules as they were compiled last, beside our own compiled modules.

    A module is found by its very source, so another PySide is compiled anew.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[tuple[str, bytes], CodeType] = {}
        self._used: dict[tuple[str, bytes], CodeType] = {}
        with suppress(OSError, ValueError, EOFError, TypeError):
            found = marshal.loads(file.read_bytes())  # noqa: S302 - as trusted as the .pyc beside it
            self._known = dict(found)

    def around(self, plain: Compile) -> Compile:
        """`compile`, without work where a module of PySide's was compiled before."""

        def compile_once(source: Any, filename: Any, mode: str, *more: Any, **named: Any) -> Any:
            own = isinstance(filename, str) and filename.startswith(_PYSIDE)
            if not own or not isinstance(source, bytes) or mode != "exec" or more or named:
                return plain(source, filename, mode, *more, **named)
            key = (filename, source_hash(source))
            if key not in self._used:
                self._used[key] = self._known.get(key) or plain(source, filename, mode)
            return self._used[key]

        return compile_once

    def write(self) -> None:
        """Keep what was compiled anew, where Python may keep compiled modules at all."""
        if sys.dont_write_bytecode or not self._used or self._used.keys() <= self._known.keys():
            return
        part = self._file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            part.write_bytes(marshal.dumps(self._used))
            part.replace(self._file)
