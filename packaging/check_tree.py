"""Hold rules about files that no linter knows: size of modules, and nothing of one machine."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MAX_LINES: Final = 400
# Handed to third parties as one file that needs no other.
_ONE_FILE: Final = Path("resources/evidence/verify.py")
_IGNORED: Final = {"build", "dist", "demo-tour", "__pycache__"}
# In pieces, so that this file does not find itself.
_OF_ONE_MACHINE: Final = re.compile(
    "|".join(
        (
            r"/" + r"work/",
            r"/" + r"root/",
            r"/" + r"home/[a-z]",
            r"/opt/" + r"(?:pypi|wheels)",
            r"python" + r"hosted\.org",
            r"pypi" + r"\.org",
            r"--" + r"(?:extra-)?index-url",
            r"--" + r"find-links",
            r"--" + r"trusted-host",
        )
    )
)


def _files() -> Iterator[Path]:
    """Yield every file that belongs to the project, with git's list where there is one."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
        names = sorted(set(listed.decode().split("\0")) - {""})
        yield from (ROOT / name for name in names if (ROOT / name).is_file())
        return
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        if path.is_file() and not hidden and not _IGNORED & set(parts):
            yield path


def _faults(path: Path) -> Iterator[str]:
    """Yield a sentence for each rule that the file breaks."""
    name = path.relative_to(ROOT)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return  # a picture or another binary
    if path.suffix == ".py" and len(lines) > MAX_LINES and name != _ONE_FILE:
        yield f"{name}: {len(lines)} lines; {MAX_LINES} is the cap"
    for number, line in enumerate(lines, start=1):
        if found := _OF_ONE_MACHINE.search(line):
            yield f"{name}:{number}: {found.group()} belongs to one machine or registry"


def main() -> int:
    """Print every fault; 0 when there is none, else 1."""
    faults = [fault for path in _files() for fault in _faults(path)]
    if (ROOT / "packaging" / "__init__.py").exists():
        faults.append("packaging/__init__.py would shadow the `packaging` module")
    for fault in faults:
        print(fault, file=sys.stderr)
    print("files: " + (f"{len(faults)} faults" if faults else "within the rules"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
