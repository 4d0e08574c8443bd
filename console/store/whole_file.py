"""A file for others: complete and on the disk, or what stood there before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from console.domain.errors import BadInput, EnvironmentProblem
from console.store.audit_files import told


def write_whole(path: Path, chunks: Iterable[bytes], head: bytes = b"") -> int:
    """Write `head` and `chunks` to `path` and return how many chunks there were.

    Raises BadInput where the folder does not exist, EnvironmentProblem where the disk refuses;
    an existing file is replaced only by a complete one.
    """
    written = 0
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(head)
            for chunk in chunks:
                file.write(chunk)
                written += 1
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInput(f"The folder {path.parent} does not exist. Make it first.", "OUT") from error
    except OSError as error:
        raise EnvironmentProblem(f"{path} could not be written: {told(error)}") from error
    finally:
        with suppress(FileNotFoundError):
            if temporary:
                Path(temporary).unlink()
    return written
