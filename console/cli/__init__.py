"""The command line: arguments to one function of the app, errors to one line and an exit code.

Exit codes: 0 done; 1 the answer is no; 2 usage or bad input; 3 environment; 130 on Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

from console import VERSION
from console.cli.output import open_streams, print_error
from console.config import BadSetting, UnusableFolder
from console.domain.errors import BadInput, CallError, ConsoleError, EnvironmentProblem
from console.domain.values import FieldError, checked_text

NO: Final = 1
USAGE: Final = 2
ENVIRONMENT: Final = 3
INTERRUPTED: Final = 130
LEVELS: Final = ("debug", "info", "warning", "error")
MODULES: Final = {
    "demo": ("demo",),
    "trigger": ("trigger",),
    "batch": ("batch",),
    "queue": ("queue",),
    "instances": ("instances", "metrics"),
    "audit": ("audit",),
    "profile": ("profile",),
    "workflow": ("workflow",),
    "simulate": ("simulate",),
}
"""The modules of this package with the commands that each of them registers, in help's order."""
_WITH_VALUE: Final = frozenset({"--data-dir", "--profile", "--log-level"})


class _Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line, with what to do."""

    def error(self, message: str) -> NoReturn:
        with suppress(OSError):  # nobody hears it, the exit code says it
            sys.stderr.write(f"{self.prog}: {message}. See {self.prog} --help.\n")
            sys.stderr.flush()
        self.exit(USAGE)


def build_parser(modules: Iterable[str] = MODULES) -> argparse.ArgumentParser:
    """The parser of the commands of `modules`; global options may stand before or after them."""
    everywhere = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_global_options(everywhere)
    parser = _Parser(
        prog="cxone-console",
        description="Trigger NICE CXone workflows by hand, and prove afterwards what happened. "
        "Without a command it opens the window.",
        argument_default=argparse.SUPPRESS,
    )
    _add_global_options(parser)
    parser.add_argument("--version", action="version", version=f"cxone-console {VERSION}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", parser_class=_child_parser(everywhere)
    )
    for module in modules:
        _register(module, commands)
    return parser


def _register(name: str, commands: Any) -> None:
    """Add one module's commands; each import is written out, so that a packager finds it."""
    if name == "demo":
        from console.cli.demo import register
    elif name == "trigger":
        from console.cli.trigger import register
    elif name == "batch":
        from console.cli.batch import register
    elif name == "queue":
        from console.cli.queue import register
    elif name == "instances":
        from console.cli.instances import register
    elif name == "audit":
        from console.cli.audit import register
    elif name == "profile":
        from console.cli.profile import register
    elif name == "workflow":
        from console.cli.workflow import register
    else:
        from console.cli.simulate import register
    register(commands)


def needed(arguments: Sequence[str]) -> Iterable[str]:
    """The modules that these arguments need: the window starts without any command's module."""
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("--") or word.partition("=")[0] not in {*_WITH_VALUE, "--json"}:
            named = [module for module, commands in MODULES.items() if word in commands]
            # Help, a short form or a slip of the hand: every command takes part in the answer.
            return named or MODULES
    return ()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. A traceback is a bug."""
    open_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser(needed(arguments))
    try:
        args = parser.parse_args(arguments, _defaults())
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        from console.app.start import prepare

        _check_words(args)
        prepare(args)
        code: int = args.run(args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (BadInput, BadSetting) as error:
        return _say(error, USAGE)
    except (EnvironmentProblem, UnusableFolder) as error:
        return _say(error, ENVIRONMENT)
    except CallError as error:
        return _say(error, ENVIRONMENT)
    except ConsoleError as error:
        return _say(error, NO)
    return code


def _say(error: Exception, code: int) -> int:
    print_error(" ".join(str(error).split()))
    return code


def _check_words(args: argparse.Namespace) -> None:
    """Raise BadInput for a name that is no text: bytes that this system's encoding does not know.

    An empty one is mostly a script's variable that was never set: it must not lead to another
    folder or connection than the one that was meant.
    """
    for name in ("data_dir", "profile", "status"):
        if getattr(args, name, None) == "":
            word = name.replace("_", "-")
            raise BadInput(f"The {word} must not be empty: name one, or leave the option out", name)
    for name in ("profile", "workflow", "status"):
        try:
            checked_text(getattr(args, name, None) or "")
        except FieldError as error:
            raise BadInput(f"The {name} cannot be used: {error}", name) from error


def _defaults() -> argparse.Namespace:
    return argparse.Namespace(
        data_dir=None,
        profile=os.environ.get("CXONE_CONSOLE_PROFILE") or None,
        json=False,
        log_level="warning",
        run=_open_window,
    )


def _open_window(args: argparse.Namespace) -> int:
    from console.app.window import run_window

    return run_window(args.data_dir, args.profile)


def _add_global_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", metavar="DIR", help="where queue, trail and settings stand")
    parser.add_argument("--profile", metavar="NAME", help="the connection to use")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--log-level", choices=LEVELS, help="how much to log on stderr")


def _child_parser(everywhere: argparse.ArgumentParser) -> type[argparse.ArgumentParser]:
    class Child(_Parser):
        def __init__(self, **options: object) -> None:
            parents = [*options.pop("parents", []), everywhere]  # type: ignore[misc]  # argparse's own
            super().__init__(parents=parents, **options)  # type: ignore[arg-type]  # argparse's own

    return Child
