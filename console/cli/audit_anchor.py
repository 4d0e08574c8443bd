"""`audit anchor` hands the checkpoint to every place outside, `audit rotate-key` changes the key."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from console.cli.output import print_error, print_json, print_line

if TYPE_CHECKING:
    from console.app.anchor import Anchored

NO: Final = 1
ENVIRONMENT: Final = 3


def register(inner: Any) -> None:
    """Add the actions to `audit`."""
    anchoring = inner.add_parser(
        "anchor", help="hand the checkpoint to every configured place outside, now"
    )
    anchoring.set_defaults(run=_anchor)
    rotating = inner.add_parser("rotate-key", help="sign the trail with a new key from now on")
    rotating.add_argument(
        "--reason", required=True, metavar="TEXT", help="why; it goes on record with your name"
    )
    rotating.set_defaults(run=_rotate)


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


def _rotate(args: argparse.Namespace) -> int:
    from console.app.anchor import rotate_key

    done = rotate_key(args.data_dir, args.reason)
    if args.json:
        print_json(done.to_json())
        return 0
    print_line(f"The trail is signed by a new key from record {done.size:,} on: {done.new}")
    print_line(f"Until then: {done.old}")
    print_line(
        "The checkpoint of the change bears both signatures; tell whoever checks the trail the new"
        " key, and hand the checkpoint out: audit anchor"
        if done.signed_by_both
        else "The key before was not at hand: its signature is missing under the change."
    )
    return 0
