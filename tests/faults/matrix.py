"""The outcome table of the product, row by row: a scenario, and what must become of one trigger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from console.domain.job import FoundBy, JobState

ACCEPTED: Final = JobState.ACCEPTED
FAILED: Final = JobState.FAILED
QUEUED: Final = JobState.QUEUED
REVIEW: Final = JobState.REVIEW
LOOK_UP: Final = FoundBy.LOOKUP
LOOKING: Final = "Looking for the instance, 1 of 2"
RUNS: Final = "Runs as inst-"
FOUND: Final = "Found: inst-"
UNPROVED: Final = "could not be read completely, so nobody can tell whether it ran"
RESENT: Final = (0.0, 16.0)
"""Looked for after 5 s and after 10 s more, then sent again after the base delay."""


@dataclass(frozen=True)
class Row:
    """One trigger on one scenario, two minutes long.

    `posts`: when starts reached the tenant; `soon`: what the queue says of the job 0.4 s after it
    was queued, with `wait` seconds on its clock; `says`: the same at the end. `hold`: why the
    connection is held at the end; `failures`: what the circuit has counted after 0.4 s.
    """

    scenario: str
    state: JobState
    posts: tuple[float, ...]
    says: str
    soon: str = ""
    wait: float | None = None
    attempts: int = 1
    instances: int = 1
    found_by: FoundBy | None = FoundBy.ANSWER
    hold: str = ""
    failures: int = 0
    tokens: int = 1
    error: str = ""


def later(name: str, posts: tuple[float, ...], wait: float | None, soon: str = "(429)") -> Row:
    """Turned away, and taken once it has waited as long as it was told."""
    return Row(name, ACCEPTED, posts, RUNS, soon, wait)


def refused(name: str, says: str, error: str, hold: str = "", **more: object) -> Row:
    """Ended at once by a plain no."""
    return Row(name, FAILED, (0.0,), says, says, instances=0, hold=hold, error=error, **more)  # type: ignore[arg-type]


def resent(name: str, soon: str) -> Row:
    """Nobody knows, proved absent by two listings, and taken at the second attempt."""
    return Row(name, ACCEPTED, RESENT, RUNS, soon, 5.0, attempts=2, failures=1)


def found(name: str, soon: str, failures: int = 1) -> Row:
    """Nobody knows, and the first look finds the instance."""
    return Row(name, ACCEPTED, (0.0,), FOUND, soon, 5.0, found_by=LOOK_UP, failures=failures)


def asked(name: str, says: str = UNPROVED, instances: int = 0, **more: object) -> Row:
    """Nobody can know: only a person decides, and nothing is sent again."""
    more = {"failures": 1, "wait": 5.0, "soon": LOOKING, **more}
    return Row(name, REVIEW, (0.0,), says, instances=instances, found_by=None, **more)  # type: ignore[arg-type]


def held(name: str, says: str, hold: str, posts: tuple[float, ...] = (), **more: object) -> Row:
    """Kept in the queue until a person has tested the connection."""
    about = {"attempts": 0, "instances": 0, "found_by": None, **more}
    return Row(name, QUEUED, posts, says, says, hold=hold, **about)  # type: ignore[arg-type]


HELD: Final = "Connection held: "
REFUSED: Final = HELD + "Signing in was refused: "
HOUR: Final = HELD + "CXone asked to wait 60 min, longer than the console waits. Test it to go on"
NO_ACCESS: Final = "the scope workflow:write or the role for it is missing"
CUT: Final = "gave no answer: the connection was closed"
SCOPE: Final = "the scope workflow:execute"

ROWS: Final = (
    # 429: not accepted, uses no attempt, never earlier than told, at least a second.
    later("fault-429-seconds", (0.0, 7.0), 7.0),
    later("fault-429-date", (0.0, 9.0), 9.0),
    later("fault-429-past", (0.0, 1.0), 1.0),
    later("fault-429-nothing", (0.0, 1.0, 3.0, 7.0), 1.0),
    later("fault-429-garbage", (0.0, 1.0, 3.0), 1.0),
    held("fault-429-beyond-cap", HOUR, "long-retry-after", (0.0,)),
    # A limit that is named: full, whatever the status.
    later("fault-409-limit", (0.0, 1.5), None, "Waiting for a slot: all 50 are in use"),
    later("fault-400-limit", (0.0, 1.5), None, "Waiting for a slot: all 50 are in use"),
    # A plain no: this job fails with the server's text, at its field where it names one.
    refused("fault-409-conflict", "(409): The workflow is being published.", "status=409"),
    refused("fault-400-field", "(400): context.customerId: must not be empty", "customerId"),
    refused("fault-422-field", "(422): /context/customerId: is not a known", "customerId"),
    refused("fault-404", "(404): There is no such workflow.", "status=404"),
    refused("fault-413", "(413): Request Entity Too Large", "status=413"),
    refused("fault-redirect-301", "a redirect (301), which is not followed", "status=301"),
    refused("fault-redirect-302", "a redirect (302), which is not followed", "status=302"),
    refused("fault-redirect-307", "a redirect (307), which is not followed", "status=307"),
    refused("fault-redirect-308", "a redirect (308), which is not followed", "status=308"),
    refused("fault-403-role", f"(403): {NO_ACCESS}", "status=403", "unauthorized"),
    refused("fault-403-scope", f"(403): {SCOPE}", "status=403", "unauthorized"),
    Row("fault-401-once", ACCEPTED, (0.0, 0.0), RUNS, RUNS, tokens=2),
    Row(
        *("fault-401-for-ever", FAILED, (0.0, 0.0), f"(401): {NO_ACCESS}", f"(401): {NO_ACCESS}"),
        instances=0,
        hold="unauthorized",
        tokens=2,
        error="status=401 code=unauthorized",
    ),
    # Nobody knows: look before any resend.
    resent("fault-500", f"{LOOKING} (CXone answered 500)"),
    resent("fault-502-html", f"{LOOKING} (CXone answered 502)"),
    resent("fault-503", f"{LOOKING} (CXone answered 503)"),
    resent("fault-408", f"{LOOKING} (CXone answered 408)"),
    resent("fault-cut-before", CUT),
    resent("fault-cut-before-reset", "gave no answer: the connection broke"),
    found("fault-500-made", f"{LOOKING} (CXone answered 500)"),
    found("fault-cut-after", CUT),
    found("fault-cut-after-reset", "gave no answer: the connection broke"),
    found("fault-cut-during", "answered 201, but its body broke off", failures=0),
    found("fault-truncated-json", "answered 201, but its body is not JSON", failures=0),
    found("fault-no-id", "answered 201, but names no instance id", failures=0),
    Row("fault-trickle", ACCEPTED, (0.0,), FOUND, "Sending now", found_by=LOOK_UP),
    Row("fault-late-answer", ACCEPTED, (0.0,), FOUND, "Sending now", found_by=LOOK_UP),
    Row(
        *("fault-503-for-ever", FAILED, (0.0, 16.0, 33.0), "Not found running after 3 attempts"),
        soon=LOOKING,
        wait=5.0,
        attempts=3,
        instances=0,
        found_by=LOOK_UP,
        failures=1,
        error="status=503 code=unknown",
    ),
    Row(
        *("fault-cut-for-ever", FAILED, (0.0, 16.0, 33.0), "Not found running after 3 attempts"),
        soon=LOOKING,
        wait=5.0,
        attempts=3,
        instances=0,
        found_by=LOOK_UP,
        failures=1,
        error="code=unknown",
    ),
    # A yes without an id is never sent again by itself.
    asked("fault-no-id-nothing-made", "said yes without a readable id", failures=0),
    asked("fault-html-200", "said yes without a readable id", failures=0),
    # What the look-up meets.
    Row(
        *("fault-look-401-once", ACCEPTED, (0.0,), FOUND, CUT, 5.0),
        found_by=LOOK_UP,
        failures=1,
        tokens=2,
    ),
    found("fault-look-small-pages", CUT),
    Row("fault-look-late", ACCEPTED, (0.0,), FOUND, CUT, 5.0, found_by=LOOK_UP, failures=1),
    Row("fault-look-429", ACCEPTED, (0.0, 20.0), RUNS, CUT, 5.0, attempts=2, failures=1),
    asked("fault-look-500", f"{UNPROVED}. CXone answered 500", instances=1),
    asked("fault-look-once-500"),
    asked("fault-look-403", f"{UNPROVED}. CXone refused access (403)", instances=1),
    asked("fault-look-html", f"{UNPROVED}. CXone answered 200, but its body is not JSON"),
    asked("fault-look-wrong-total"),
    asked("fault-look-moving-total"),
    asked("fault-look-repeated-ids"),
    asked("fault-outage-after-sign-in", f"{UNPROVED}. CXone answered 503"),
    # A count that fails is unknown, and sending goes on; one that asks to wait is heeded.
    Row("fault-count-500", ACCEPTED, (0.0,), RUNS, RUNS),
    Row("fault-count-403", ACCEPTED, (0.0,), RUNS, RUNS),
    Row("fault-count-garbage", ACCEPTED, (0.0,), RUNS, RUNS),
    later("fault-count-429", (7.0,), 7.0),
    held("fault-count-429-beyond-cap", HOUR, "long-retry-after"),
    # Sign-in: nothing was sent.
    held("fault-token-400", f"{REFUSED}127.0.0.1", "sign-in-refused"),
    held("fault-token-401", "or its secret (401): client id or secret is wrong", "sign-in-refused"),
    held("fault-token-403", "or its secret (403): this client is locked", "sign-in-refused"),
    held("fault-token-404", "has no sign-in at this address (404)", "sign-in-refused"),
    held("fault-token-302", "redirects (302), which is not followed", "sign-in-refused"),
    held("fault-token-lost", "the secret was changed", "sign-in-refused", (0.0,), tokens=2),
    held("fault-token-429-beyond-cap", HOUR, "long-retry-after"),
)
