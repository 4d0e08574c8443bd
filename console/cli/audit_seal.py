"""`audit checkpoint` and `audit adopt`: what concerns the seal of this console's own trail."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from console.cli.output import print_json, print_line
from console.domain.errors import ConsoleError


def register(inner: Any) -> None:
    """Add the actions to `audit`."""
    printing = inner.add_parser("checkpoint", help="print the signed checkpoint of the trail")
    printing.add_argument(
        "--qr", action="store_true", default=False, help="show it as QR code for a phone"
    )
    printing.set_defaults(run=_checkpoint)
    adopting = inner.add_parser("adopt", help="copy another trail into an empty one and go on")
    adopting.add_argument("path", metavar="DIR", help="the folder of the other trail")
    adopting.set_defaults(run=_adopt)


def _checkpoint(args: argparse.Namespace) -> int:
    from console.app.audit_seal import checkpoint

    found = checkpoint(args.data_dir)
    if args.json:
        print_json(found.to_json())
    elif args.qr:
        _print_code(found.note)
    else:
        for line in found.note.removesuffix("\n").split("\n"):
            print_line(line)
    return 0


def _print_code(note: str) -> None:
    from console.domain.anchor_qr import qr_modules, terminal_lines

    modules = qr_modules(note)
    if modules is None:
        raise ConsoleError("The checkpoint is too long for a QR code; print it without --qr")
    for line in terminal_lines(modules):
        print_line(line)


def _adopt(args: argparse.Namespace) -> int:
    from console.app.audit_seal import adopt

    adopted = adopt(Path(args.path), args.data_dir)
    if args.json:
        print_json(adopted)
        return 0
    for file in adopted["files"]:
        print_line(f"{file['file']}  {file['records']:>9,} records  sha256 {file['sha256']}")
    if adopted["newlineAdded"]:
        print_line(
            f"The last line of {adopted['newlineAdded']['file']} had no end; the copy has one."
        )
    print_line("Copied, compared and sealed; what was true of these records before is not proven.")
    return 0
