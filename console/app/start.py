"""What every command does first: the log, with secrets taken out of every line."""

from __future__ import annotations

import argparse
import os

from console import logs


def prepare(args: argparse.Namespace) -> None:
    """Set up logging on stderr; a secret in the environment is never logged."""
    secret = os.environ.get("CXONE_CONSOLE_CLIENT_SECRET")
    if secret:
        logs.never_log(secret)
    logs.set_up(args.log_level)
