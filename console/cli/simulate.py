"""`simulate`: a CXone tenant on a loopback port."""

from __future__ import annotations

import argparse
from typing import Any

from console.domain.errors import BadInput


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("simulate", help="run a CXone tenant on this computer")
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="0: a free one")
    parser.add_argument("--scenario", default="calm-day", metavar="NAME|FILE")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("--webhook-url", default=None, metavar="URL", help="tell completions to")
    parser.add_argument(
        "--until-input-ends", action="store_true", default=False, help=argparse.SUPPRESS
    )
    parser.set_defaults(run=_simulate)


def _simulate(args: argparse.Namespace) -> int:
    from console.app.simulate import simulate

    if not 0 <= args.port <= 65535:
        raise BadInput(f"--port {args.port}: give a port from 0 to 65535", "port")
    return simulate(
        args.port,
        args.scenario,
        args.seed,
        args.webhook_url,
        until_input_ends=args.until_input_ends,
    )
