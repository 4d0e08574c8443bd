"""Where the program's data files stand, whichever way the program was installed."""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
# A wheel and the PyInstaller build carry the folder inside the package; a checkout has it
# beside the package, at the top, where people look for it.
_CANDIDATES: Final = (_HERE / "_resources", _HERE.parent / "resources")


def resource_path(*parts: str) -> Path:
    """Promise the path of an existing file or folder under `resources/`.

    Raises FileNotFoundError naming the resource: the installation is broken, or the name is wrong.
    """
    for root in _CANDIDATES:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"resource {'/'.join(parts) or '.'} is missing from this installation")
