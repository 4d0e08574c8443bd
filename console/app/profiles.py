"""Connections for the command line: add, list, test and remove, each with its record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from console.app.connections import connection_of, fingerprint_of
from console.app.folder import Place, opened
from console.app.running import run
from console.config import Settings
from console.cxone.settings import is_local
from console.domain.errors import (
    CallError,
    EnvironmentProblem,
    NotFound,
    NotSent,
    SignInRefused,
)
from console.domain.records import RecordDraft
from console.services.ports import Clock, Tenant, Write
from console.services.profile_desk import CheckStep
from console.store.profiles import Profile, checked_profile
from console.store.secrets import SecretStore, checked_secret

SKEW_TOLD_S: Final = 60.0
ANSWERED: Final = 0
REFUSED: Final = 1
UNREACHED: Final = 3
Tell = Callable[[tuple[CheckStep, ...]], None]


@dataclass(frozen=True)
class Checked:
    """The steps of a connection test, and its exit code: 0 passed, 1 refused, 3 not reached."""

    steps: tuple[CheckStep, ...]
    code: int


def prepared(profile: Profile) -> Profile:
    """`profile` as it can be stored and called; BadInput names the field that cannot be.

    Without a named environment a tenant on this computer counts as a demo, any other as
    production: the cautious choice.
    """
    if not profile.environment:
        checked_profile(replace(profile, environment="demo"))
        here = is_local(connection_of(profile, Settings()).api_url)
        profile = replace(profile, environment="demo" if here else "production")
    checked_profile(profile)
    connection = connection_of(profile, Settings())
    return replace(profile, token_url=connection.token_url, api_url=connection.api_url)


def add_profile(
    data_dir: str | None, profile: Profile, secret: str | None, *, replaces: bool = False
) -> Profile:
    """Store `profile`, and its secret in the keyring; None leaves the keyring alone.

    The secret goes first: without a keyring (EnvironmentProblem) nothing is stored at all.
    """
    place = Place.find(data_dir)
    profile = prepared(profile)
    known = {item.name for item in place.profiles.all()}
    if not replaces or profile.name not in known:
        place.profiles.check_free(profile.name)
    if secret is not None:
        place.secrets.set(profile.name, checked_secret(secret))
    place.profiles.add(profile, replaces=profile.name if profile.name in known else "")
    _record(place, profile, "edited" if profile.name in known else "added")
    return profile


def list_profiles(data_dir: str | None) -> list[dict[str, Any]]:
    """Every profile as a document, without any question to the keyring."""
    place = Place.find(data_dir)
    last = place.profiles.last_used()
    return [
        {**profile_view(profile), "lastUsed": last is not None and profile.name == last.name}
        for profile in place.profiles.all()
    ]


def profile_view(profile: Profile) -> dict[str, Any]:
    """A profile as the command line prints it."""
    return {
        "name": profile.name,
        "contract": profile.contract,
        "environment": profile.environment,
        "region": profile.region,
        "clientId": profile.client_id,
        "tokenUrl": profile.token_url,
        "apiUrl": profile.api_url,
    }


def remove_profile(data_dir: str | None, name: str) -> str:
    """Forget a profile and its secret; returns what could not be done, or an empty text."""
    place = Place.find(data_dir)
    profile = _known(place, name)
    place.profiles.remove(name)
    _record(place, profile, "removed")
    if place.secrets.stands_in:
        return ""
    try:
        place.secrets.delete(name)
    except EnvironmentProblem as error:
        return f"The profile is removed. Its secret may still be in the keyring: {error}"
    return ""


def check_profile(data_dir: str | None, name: str | None) -> tuple[Profile, Checked]:
    """Sign in and read once with a stored profile; EnvironmentProblem where it has no secret."""
    place = Place.find(data_dir)
    profile = place.profile(None) if name is None else _known(place, name)

    place.secrets.get(profile.name)

    async def work(_: asyncio.Event) -> Checked:
        async with opened(place) as folder:
            tenant = folder.connect(profile.name).tenant
            return await check_tenant(tenant, folder.clock)

    return profile, run(work)


async def check_draft(
    profile: Profile,
    secret: str | None,
    settings: Settings,
    secrets: SecretStore,
    clock: Clock,
    tell: Tell | None = None,
) -> Checked:
    """Test a profile that may not be stored; None takes the secret of its name from the keyring."""
    from console.cxone.client import HttpTenant  # httpx: 100 ms that only a test needs

    profile = prepared(profile)
    given = secret
    source = (lambda: secrets.get(profile.name)) if given is None else (lambda: given)
    tenant = HttpTenant(connection_of(profile, settings), source, clock)
    try:
        return await check_tenant(tenant, clock, tell)
    finally:
        await tenant.close()


async def check_tenant(tenant: Tenant, clock: Clock, tell: Tell | None = None) -> Checked:
    """Sign in, then read one page of one instance; each step with its time and verdict."""
    done: list[CheckStep] = []

    def show(*more: CheckStep) -> None:
        if tell is not None:
            tell((*done, *more))

    async def step(title: str, work: Callable[[], Any]) -> CallError | None:
        show(CheckStep(title, None))
        began = time.perf_counter()
        try:
            text = await work()
        except CallError as error:
            done.append(CheckStep(title, passed=False, text=str(error), took_ms=_ms(began)))
            return error
        done.append(CheckStep(title, passed=True, text=text, took_ms=_ms(began)))
        return None

    async def sign_in() -> str:
        life = await tenant.sign_in()
        if life.expires_at is None:
            return "The token is for one use only; the server told no life for it."
        minutes = (life.expires_at - clock.now()).total_seconds() / 60
        return f"The token is good for {minutes:.0f} min."

    async def read() -> str:
        page = await tenant.page(status="running", page_number=1, page_size=1)
        count = "an unknown number of" if page.total is None else str(page.total)
        return f"{count} running instances can be read.{_skew(tenant, clock)}"

    error = await step("Sign in", sign_in)
    if error is None:
        error = await step("Read instances", read)
    else:
        done.append(CheckStep("Read instances", None, "Not tried: there is no token."))
    show()
    return Checked(tuple(done), _code(error))


def _code(error: CallError | None) -> int:
    if error is None:
        return ANSWERED
    if isinstance(error, SignInRefused):
        return UNREACHED if error.code == "no-secret" else REFUSED
    reached = not isinstance(error, NotSent) or error.status is not None
    return REFUSED if reached else UNREACHED


def _skew(tenant: Tenant, clock: Clock) -> str:
    now = clock.now()
    ahead = (tenant.server_time(now) - now).total_seconds()
    if abs(ahead) < SKEW_TOLD_S:
        return ""
    way = "behind" if ahead > 0 else "ahead of"
    return f" This computer's clock is {abs(ahead):.0f} s {way} the server's."


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _known(place: Place, name: str) -> Profile:
    try:
        return place.profiles.get(name)
    except NotFound as error:
        raise EnvironmentProblem(str(error)) from error


def changed_draft(profile: Profile, what: str, operator: str, at: datetime) -> RecordDraft:
    """The record of an added, edited or removed connection: who, where to, and nothing secret."""
    payload = {
        "profile": profile.name,
        "change": what,
        "environment": profile.environment,
        "fingerprint": fingerprint_of(profile),
        "operator": operator,
        "decidedAt": at.isoformat(),
    }
    return RecordDraft("CONNECTION_CHANGED", payload)


def _record(place: Place, profile: Profile, what: str) -> None:
    async def work(_: asyncio.Event) -> None:
        async with opened(place) as folder:
            operator, now = folder.settings.operator, folder.clock.now()
            draft = changed_draft(profile, what, operator, now)
            await folder.journal.write(Write(records=(draft,)))

    run(work)
