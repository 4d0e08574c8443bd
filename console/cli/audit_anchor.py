"""`audit anchor`: hands the present checkpoint to every configured place outside."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from console.cli.output import print_error, print_json, print_line

if TYPE_CHECKING:
    from console.app.anchor import Anchored

NO: Final = 1
ENVIRONMENT: Final = 3


def register(inner: Any) -> None:
    """Add the action to `audit`."""
    anchoring = inner.add_parser(
        "anchor", help="hand the checkpoint to every configured place outside, now"
    )
    anchoring.set_defaults(run=_anchor)


def _anchor(args: argparse.Namespace) -> int:
    from console.app.anchor import anchor

    done = anchor(args.data_dir)
    if args.json:
        print_json(done.to_json())
    else:
        _print(done)
    failed = done.refused
    if failed is None:
        return 0
    print_error(f"Not everybody took it: {failed.place.name}: {failed.error}")
    return ENVIRONMENT if failed.unreached else NO


def _print(done: Anchored) -> None:
    print_line(f"Checkpoint of {done.size:,} records of {done.origin}, root {done.root}")
    for one in done.outcomes:
        told = f"{one.place.kind}: {one.place.name}"
        if one.error is not None:
            print_line(f"not kept    {told}")
            continue
        facts = one.facts
        file = f", {facts['file']}" if "file" in facts else ""
        if "stampedAt" in facts:
            checked = "" if facts["signatureChecked"] else "; its signature was not checked"
            file += f", stamped {facts['stampedAt']}{checked}"
        print_line(f"anchored    {told}{file}")
