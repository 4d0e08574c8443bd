"""`workflow add|list|show|remove`: definitions in and out, each change with its record."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli.output import print_error, print_json, print_line, print_table

if TYPE_CHECKING:
    from console.app.definitions import Changed


def register(actions: Any) -> None:
    """Add the actions to the parser of `workflow`."""
    add = actions.add_parser("add", help="add a definition from a JSON or YAML file")
    add.add_argument("file", metavar="FILE")
    add.add_argument(
        "--replace", action="store_true", default=False, help="over the definition of this id"
    )
    add.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
    add.set_defaults(run=_add)
    actions.add_parser("list", help="every definition").set_defaults(run=_list)
    show = actions.add_parser("show", help="one definition, as JSON that `add` takes")
    show.add_argument("workflow", metavar="ID")
    show.add_argument("--output", default=None, metavar="FILE", help="write it to a file")
    show.set_defaults(run=_show)
    remove = actions.add_parser("remove", help="take a definition away; jobs and records stay")
    remove.add_argument("workflow", metavar="ID")
    remove.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
    remove.set_defaults(run=_remove)


def _add(args: argparse.Namespace) -> int:
    from console.app.definitions import add

    done = add(args.data_dir, Path(args.file), args.reason, replaces=args.replace)
    _print(args, done)
    return 0


def _list(args: argparse.Namespace) -> int:
    from console.app.definitions import listing

    found, broken = listing(args.data_dir)
    for message in broken:
        print_error(message)
    if args.json:
        print_json(found)
        return 0
    if not found:
        print_line("No workflow definitions yet. Add one with: cxone-console workflow add FILE")
        return 0
    head = ("ID", "TITLE", "LIMIT", "PRIORITY", "APPROVAL", "REASON", "SEND BEFORE")
    print_table(head, (_row(item) for item in found))
    return 0


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    hours = item["sendBeforeHours"]
    return (
        item["id"],
        item["title"],
        str(item["limit"]),
        str(item["priority"]),
        item["approval"] or "",
        "required" if item["reasonRequired"] else "",
        "never too old" if hours is None else f"{hours} h",
    )


def _show(args: argparse.Namespace) -> int:
    from console.app.definitions import export, shown

    if args.output is None:
        print_json(shown(args.data_dir, args.workflow))
        return 0
    digest = export(args.data_dir, args.workflow, Path(args.output))
    if args.json:
        print_json({"id": args.workflow, "output": args.output, "digest": digest})
    else:
        print_line(f"Wrote {args.workflow} to {args.output} (SHA-256 {digest}).")
    return 0


def _remove(args: argparse.Namespace) -> int:
    from console.app.definitions import remove

    _print(args, remove(args.data_dir, args.workflow, args.reason))
    return 0


def _print(args: argparse.Namespace, done: Changed) -> None:
    if done.trouble:
        print_error(done.trouble)
    if args.json:
        print_json(
            {
                "id": done.workflow_id,
                "change": done.what,
                "digestBefore": done.before,
                "digestAfter": done.after,
                "keys": list(done.keys),
            }
        )
        return
    words = {
        "added": f"Added {done.workflow_id}.",
        "replaced": f"Replaced {done.workflow_id}: {', '.join(done.keys)}.",
        "removed": f"Removed {done.workflow_id}; its jobs and records stay.",
        "unchanged": f"{done.workflow_id} is this very definition already; nothing was changed.",
    }
    print_line(words[done.what])
