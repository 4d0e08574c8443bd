"""`demo`: the window on the built-in simulator."""

from __future__ import annotations

import argparse
from typing import Any


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("demo", help="try the console without network and account")
    parser.add_argument(
        "--headless-tour",
        default=None,
        metavar="DIR",
        help="drive the guided scenario through the real window and leave numbered pictures in DIR",
    )
    parser.add_argument("--scenario", default="calm-day", metavar="NAME|FILE")
    parser.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> int:
    from console.app.demo import run_demo

    return run_demo(args.data_dir, args.scenario, args.headless_tour)
