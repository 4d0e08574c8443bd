"""What every command does first: the log, with secrets taken out of every line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from console import logs

_level = "warning"


def prepare(args: argparse.Namespace) -> None:
    """Set up logging on stderr; a secret in the environment is never logged."""
    secret = os.environ.get("CXONE_CONSOLE_CLIENT_SECRET")
    if secret:
        logs.never_log(secret)
    global _level  # noqa: PLW0603 - one command line a process
    _level = args.log_level
    logs.set_up(_level)


def log_to(file: Path) -> None:
    """Log into `file` too, from now on."""
    logs.set_up(_level, file)
