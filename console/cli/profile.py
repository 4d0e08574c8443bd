"""`profile`: connections; the secret comes by prompt or stdin and goes into the keyring."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import Any, Final

from console.cli.output import print_error, print_json, print_line, print_table
from console.domain.errors import BadInput

VARIABLE: Final = "CXONE_CONSOLE_CLIENT_SECRET"
LONGEST_SECRET: Final = 10_000


def register(commands: Any) -> None:
    """Add the command to the parser."""
    profile = commands.add_parser("profile", help="add, list, test and remove connections")
    inner = profile.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = inner.add_parser("add", help="add a connection; asks for its secret")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--client-id", required=True, metavar="ID")
    add.add_argument(
        "--contract", default="workflow-api", metavar="CONTRACT", help="workflow-api (the default)"
    )
    add.add_argument(
        "--environment",
        default="",
        choices=("production", "staging", "training", "demo"),
        help="production unless the API is on this computer",
    )
    add.add_argument("--region", default="", metavar="REGION", help="such as us-2; gives the URLs")
    add.add_argument("--token-url", default="", metavar="URL")
    add.add_argument("--api-url", default="", metavar="URL")
    add.add_argument(
        "--secret-stdin", action="store_true", default=False, help="read the secret from stdin"
    )
    add.add_argument(
        "--replace", action="store_true", default=False, help="change a profile of this name"
    )
    add.set_defaults(run=_add)
    inner.add_parser("list", help="every connection").set_defaults(run=_list)
    test = inner.add_parser("test", help="sign in and read once, with times")
    test.add_argument("name", metavar="NAME", nargs="?", default=None)
    test.set_defaults(run=_test)
    remove = inner.add_parser("remove", help="forget a connection and its secret")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_remove)


def _add(args: argparse.Namespace) -> int:
    from console.app.profiles import add_profile, prepared, profile_view
    from console.store.profiles import Profile

    wanted = Profile(
        name=args.name,
        client_id=args.client_id,
        contract=args.contract,
        environment=args.environment,
        region=args.region,
        token_url=args.token_url,
        api_url=args.api_url,
    )
    prepared(wanted)  # what is wrong is said before the secret is asked for
    secret = _secret(args)
    added = add_profile(args.data_dir, wanted, secret, replaces=args.replace)
    if args.json:
        print_json(profile_view(added))
        return 0
    where = "is in the keyring" if secret is not None else f"comes from {VARIABLE}"
    print_line(f"Added {added.name} ({added.environment}, {added.api_url}); its secret {where}.")
    print_line(f"Test it with: cxone-console profile test {added.name}")
    return 0


def _secret(args: argparse.Namespace) -> str | None:
    """The secret to store; None where the environment's stands in for it."""
    stands_in = bool(os.environ.get(VARIABLE))
    if args.secret_stdin:
        text = _read_stdin()
        if stands_in:
            print_error(
                f"{VARIABLE} is set and stands in for the keyring; the secret was not stored."
            )
        return None if stands_in else text
    if stands_in:
        return None
    if not sys.stdin.isatty():
        raise BadInput(
            f"The client secret is needed: pass --secret-stdin, or set {VARIABLE}.", "secret"
        )
    try:
        return getpass.getpass("Client secret (not shown): ")
    except EOFError as error:
        raise BadInput("No client secret was entered.", "secret") from error


def _read_stdin() -> str:
    raw = sys.stdin.buffer.read(LONGEST_SECRET + 3)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("The client secret is not text in UTF-8.", "secret") from error
    # One line break at the end comes from echo and editors; it is no part of a secret.
    return text.removesuffix("\n").removesuffix("\r")


def _list(args: argparse.Namespace) -> int:
    from console.app.profiles import list_profiles

    found = list_profiles(args.data_dir)
    if args.json:
        print_json(found)
        return 0
    if not found:
        print_line(
            "No profiles yet. Add one with: cxone-console profile add NAME "
            "--client-id ID --region us-2"
        )
        return 0
    keys = ("name", "environment", "contract", "region", "apiUrl")
    head = ("NAME", "ENVIRONMENT", "CONTRACT", "REGION", "API", "LAST USED")
    print_table(
        head, ([*(item[k] for k in keys), "yes" if item["lastUsed"] else ""] for item in found)
    )
    return 0


def _test(args: argparse.Namespace) -> int:
    from console.app.profiles import check_profile

    profile, checked = check_profile(args.data_dir, args.name or args.profile)
    if args.json:
        steps = [
            {
                "title": step.title,
                "passed": step.passed,
                "text": step.text,
                "tookMs": None if step.took_ms is None else round(step.took_ms, 1),
            }
            for step in checked.steps
        ]
        print_json({"profile": profile.name, "passed": checked.code == 0, "steps": steps})
    else:
        words = {True: "passed", False: "failed", None: "skipped"}
        for step in checked.steps:
            took = "" if step.took_ms is None else f"{step.took_ms:.0f} ms"
            print_line(f"{step.title:<16}{words[step.passed]:<9}{took:>8}  {step.text}")
    if checked.code:
        print_error(f"{profile.name} does not answer as it should; see the step that failed.")
    return checked.code


def _remove(args: argparse.Namespace) -> int:
    from console.app.profiles import remove_profile

    left = remove_profile(args.data_dir, args.name)
    if args.json:
        print_json({"removed": args.name, "note": left or None})
    else:
        print_line(f"Removed {args.name}; its jobs and records stay.")
    if left:
        print_error(left)
    return 0
