"""`audit pin` and `audit prove`, and a trail's verdict in words for a person."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli.output import print_json, print_line
from console.domain.errors import BadInput

if TYPE_CHECKING:
    from console.domain.audit_report import TrailReport

_KEY_HELP = "the only key to trust: its text or a file"


def register_seal(actions: Any) -> None:
    """Add what has to do with checkpoints and proofs to the actions of `audit`."""
    pinning = actions.add_parser(
        "pin", help="remember a trail's checkpoint and key as confirmed by you"
    )
    pinning.add_argument(
        "path", metavar="PATH", nargs="?", default=None, help="a trail; our own if left out"
    )
    pinning.add_argument("--key", default=None, metavar="VKEY", help=_KEY_HELP)
    pinning.set_defaults(run=_pin)
    proving = actions.add_parser(
        "prove", help="print the proof of one record, or check one with --check"
    )
    proving.add_argument("path", metavar="PATH", nargs="?", default=None, help="a sealed trail")
    proving.add_argument(
        "index", metavar="INDEX", nargs="?", default=None, type=int, help="the record, from 0"
    )
    proving.add_argument("--check", default=None, metavar="FILE", help="check this proof instead")
    proving.add_argument("--key", default=None, metavar="VKEY", help=_KEY_HELP)
    proving.add_argument(
        "--record", default=None, metavar="FILE", help="the record's line, if the proof lacks it"
    )
    proving.set_defaults(run=_prove)


def print_report(report: TrailReport) -> None:
    """Print each file's verdict, the whole's, what it proves and what it leaves open."""
    from console.domain.audit_words import proves

    width = max((len(file.file) for file in report.files), default=0)
    for file in report.files:
        told = f"{file.verdict:<13}{file.file:<{width}}  {file.records:>9,} records"
        if file.first_bad is not None:
            told += f"  first bad: line {file.first_bad.line}, {file.first_bad.code}."
        print_line(f"{told} {file.why}".rstrip())
    print_line(report.summary)
    if report.sealed and report.checkpoint is not None:
        trust = {"given": "the key given", "pinned": "the key pinned here"}
        whose = trust.get(report.key_trust, "the folder's own key, unconfirmed")
        print_line(
            f"Checkpoint: {report.checkpoint.size:,} records, root {report.checkpoint.root},"
            f" signed by {whose}."
        )
        for sentence in proves(report):
            print_line(sentence)
    else:
        print_line("Judged by the hash rule alone.")
    print_line("Not proven:")
    for item in report.not_proven:
        print_line(f"- {item.text}")


def _pin(args: argparse.Namespace) -> int:
    from console.app.audit import pin

    report, kept = pin(None if args.path is None else Path(args.path), args.key, args.data_dir)
    if kept is None:
        if args.json:
            print_json({"pinned": None, "verdict": str(report.verdict)})
        else:
            print_line(f"Not pinned. {report.summary}")
        return 1
    if args.json:
        print_json(
            {
                "pinned": {
                    "origin": kept.origin,
                    "key": kept.key,
                    "size": kept.size,
                    "root": report.checkpoint.root if report.checkpoint else None,
                    "seen": kept.seen,
                },
                "verdict": str(report.verdict),
            }
        )
    else:
        print_line(f"Pinned: {kept.size:,} records of {kept.origin}, signed by {kept.key}")
    return 0


def _prove(args: argparse.Namespace) -> int:
    if args.check is not None:
        if args.path is not None:
            raise BadInput("--check takes a proof's file alone: leave PATH and INDEX out", "check")
        return _check(args)
    if args.path is None or args.index is None:
        raise BadInput("Name a trail and a record's index, or a proof with --check FILE", "PATH")
    from console.app.audit import prove_record

    proved = prove_record(Path(args.path), args.index)
    text = proved.text.decode("utf-8")
    if args.json:
        print_json(
            {
                "index": proved.index,
                "file": proved.file,
                "line": proved.line,
                "size": proved.size,
                "proof": text,
            }
        )
    else:
        for line in text.removesuffix("\n").split("\n"):
            print_line(line)
    return 0


def _check(args: argparse.Namespace) -> int:
    from console.app.audit import check_proof_file

    record = None if args.record is None else Path(args.record)
    held = check_proof_file(Path(args.check), args.key, record)
    shown = held.record.decode("utf-8", "backslashreplace")
    if args.json:
        print_json(
            {
                "holds": True,
                "origin": held.origin,
                "index": held.index,
                "size": held.size,
                "key": held.key,
                "keyTrust": held.key_trust,
                "record": shown,
            }
        )
        return 0
    print_line(
        f"The proof holds: this is record {held.index:,} of the {held.size:,} that {held.origin}"
        f" has sealed, signed by the key {'given' if held.key_trust == 'given' else 'pinned here'}."
    )
    print_line(shown)
    return 0
