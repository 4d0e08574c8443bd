"""Tells a data folder from a copy of it: by machine, by folder and by the queue's own file."""

from __future__ import annotations

import hashlib
import json
import platform
import uuid
from pathlib import Path
from typing import Final

MACHINE_FILES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def folder_identity(folder: Path, database: Path) -> str:
    """Return what stays the same while the folder stays where it is, as one JSON text.

    A copied or restored folder has other file numbers, one carried to another computer another
    machine. The machine's own id is hashed: it leaves this computer in no copy.
    """
    return json.dumps(
        {
            "machine": hashlib.sha256(_machine().encode("utf-8")).hexdigest()[:32],
            "folder": folder.stat().st_ino,
            "database": database.stat().st_ino,
        },
        sort_keys=True,
    )


def difference(before: str, now: str) -> str:
    """Say in words how two identities differ; empty where they do not."""
    if before == now:
        return ""
    one, other = json.loads(before), json.loads(now)
    if one.get("machine") != other.get("machine"):
        return "it comes from another computer"
    return "it is a copy or was restored from one"


def _machine() -> str:
    for file in MACHINE_FILES:
        try:
            text = file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text:
            return text
    return f"{platform.node()} {uuid.getnode():x}"
