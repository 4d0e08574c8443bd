"""`workflow`: definitions, and what the form makes of one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from console.cli import workflow_definitions
from console.cli.output import print_json, print_line, print_table

_EXIT: Final = {"valid": 0, "invalid": 1, "not-json-schema": 2}


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("workflow", help="add, list, show, remove and check definitions")
    inside = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    workflow_definitions.register(inside)
    _register_lint(inside)


def _register_lint(inside: Any) -> None:
    parser = inside.add_parser(
        "lint", help="build the form of a definition or a JSON Schema and check what it does"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON or YAML")
    parser.add_argument(
        "--data", type=Path, default=None, metavar="DATA.json", help="a value to put through it"
    )
    parser.set_defaults(run=_lint)


def _lint(args: argparse.Namespace) -> int:
    from console.app.lint import lint

    found = lint(args.file, args.data)
    if args.json:
        print_json(found.to_json())
    else:
        rows = [[str(f[k]) for k in ("path", "type", "widget", "required")] for f in found.fields]
        print_table(("FIELD", "TYPE", "WIDGET", "REQUIRED"), rows)
        for lost in found.unsupported:
            print_line(f"not shown as a field: {lost['keyword']} at {lost['path'] or 'the top'}")
        for error in found.errors:
            print_line(f"{error.path or 'the whole'}: {error.message}")
        print_line(found.verdict)
    return _EXIT[found.verdict]
