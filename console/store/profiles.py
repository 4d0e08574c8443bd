"""Connections in {data-dir}/profiles.toml, 0600, written whole or not at all; never a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from console.config import BadSetting, make_private_dir, read_toml, write_private
from console.domain.errors import BadInput, NotFound
from console.services.connection_defaults import (
    CONTRACTS,
    ENVIRONMENTS,
    default_api_url,
    default_token_url,
)
from console.store.locks import FileLock

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)
_LAST: Final = "last_used"
_PROFILES: Final = "profiles"


@dataclass(frozen=True)
class Profile:
    """One connection, without its secret; empty addresses are filled from the region."""

    name: str
    client_id: str
    contract: str = "workflow-api"
    environment: str = "production"
    region: str = ""
    token_url: str = ""
    api_url: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_url", self.token_url or default_token_url(self.region))
        object.__setattr__(self, "api_url", self.api_url or default_api_url(self.region))


def checked_profile(profile: Profile) -> Profile:
    """Return `profile` if it can be stored, else raise BadInput naming the field.

    Whether its addresses may be called is for the connection to say.
    """
    checked_name(profile.name)
    if profile.contract not in CONTRACTS:
        raise BadInput(
            f"This version speaks the contract {', '.join(CONTRACTS)} only; "
            f"{profile.contract!r} comes later.",
            "contract",
        )
    if profile.environment not in ENVIRONMENTS:
        raise BadInput(f"The environment is one of {', '.join(ENVIRONMENTS)}.", "environment")
    if profile.region and not _REGION.fullmatch(profile.region):
        raise BadInput("A region is written like us-2: small letters, digits, hyphens.", "region")
    if not profile.client_id.strip() or not profile.client_id.isprintable():
        raise BadInput("A client id is needed, on one line.", "client_id")
    if not profile.token_url or not profile.api_url:
        missing = "token_url" if not profile.token_url else "api_url"
        raise BadInput("Name a region, or both the token URL and the API URL.", missing)
    return profile


def checked_name(name: str) -> str:
    """Return `name` if a profile may have it, else raise BadInput."""
    if not _NAME.fullmatch(name):
        raise BadInput(
            "A profile's name is 1 to 64 letters, digits, dots, hyphens or underscores, and "
            "begins with a letter or digit.",
            "name",
        )
    return name


class ProfileStore:
    """The profiles of one data folder. Reads the file anew each time: others may write it.

    A change is read, made and written under a lock: two processes lose nothing of each other's.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> tuple[Profile, ...]:
        """Every profile, by name."""
        return tuple(sorted(self._read()[0].values(), key=lambda profile: profile.name))

    def get(self, name: str) -> Profile:
        """The profile `name`; NotFound says which there are."""
        profiles, _ = self._read()
        try:
            return profiles[name]
        except KeyError:
            known = ", ".join(sorted(profiles)) or "none yet"
            raise NotFound(f"There is no profile {name!r} here ({known}).") from None

    def check_free(self, name: str) -> None:
        """Raise BadInput where `name` is taken, in whatever case its letters are."""
        _check_free(name, self._read()[0])

    def add(self, profile: Profile, *, replaces: str = "") -> None:
        """Store `profile`; `replaces` names the one it takes the place of, itself or another.

        The first one stored counts as last used. Raises BadInput for a name that is taken.
        """
        checked_profile(profile)
        with self._changing() as (profiles, last):
            if replaces:
                profiles.pop(replaces, None)
            _check_free(profile.name, profiles)
            profiles[profile.name] = profile
            first = last is None or last == replaces
            self._write(profiles, profile.name if first else last)

    def remove(self, name: str) -> None:
        """Forget the profile `name`; NotFound where there is none."""
        with self._changing() as (profiles, last):
            self.get(name)
            del profiles[name]
            self._write(profiles, None if last == name else last)

    def last_used(self) -> Profile | None:
        """The profile used last, or the only one there is."""
        profiles, last = self._read()
        if last is None and len(profiles) == 1:
            return next(iter(profiles.values()))
        return profiles.get(last or "")

    def use(self, name: str) -> None:
        """Remember `name` as the last used."""
        if self._read()[1] == name:
            return
        with self._changing() as (profiles, _):
            if name in profiles:
                self._write(profiles, name)

    @contextmanager
    def _changing(self) -> Iterator[tuple[dict[str, Profile], str | None]]:
        make_private_dir(self._file.parent)
        with FileLock(self._file.with_suffix(".lock")):
            yield self._read()

    def _read(self) -> tuple[dict[str, Profile], str | None]:
        document = read_toml(self._file)
        tables = document.get(_PROFILES, {})
        if not isinstance(tables, dict):
            raise BadSetting(f"{self._file}: {_PROFILES} must be tables.", _PROFILES)
        profiles = {name: self._profile(name, table) for name, table in tables.items()}
        last = document.get(_LAST)
        return profiles, last if isinstance(last, str) and last in profiles else None

    def _profile(self, name: str, table: object) -> Profile:
        if not isinstance(table, Mapping):
            raise BadSetting(f"{self._file}: the profile {name!r} must be a table.", name)
        known = [key for key in Profile.__dataclass_fields__ if key != "name"]
        values: dict[str, Any] = {key: table[key] for key in known if key in table}
        wrong = [key for key, value in values.items() if not isinstance(value, str)]
        if wrong or "client_id" not in values:
            what = wrong[0] if wrong else "client_id"
            raise BadSetting(f"{self._file}: the profile {name!r} needs a text as {what}.", what)
        if values.get("environment", ENVIRONMENTS[0]) not in ENVIRONMENTS:
            # "Production" would not be production, and what must be named would be implied.
            raise BadSetting(
                f"{self._file}: the environment of the profile {name!r} is one of "
                f"{', '.join(ENVIRONMENTS)}.",
                "environment",
            )
        return Profile(name=name, **values)

    def _write(self, profiles: Mapping[str, Profile], last: str | None) -> None:
        import tomli_w

        tables = {}
        for name in sorted(profiles):
            table = asdict(profiles[name])
            del table["name"]
            tables[name] = table
        document: dict[str, Any] = {_LAST: last} if last is not None else {}
        document[_PROFILES] = tables
        write_private(self._file, tomli_w.dumps(document).encode("utf-8"))


def _check_free(name: str, profiles: Mapping[str, Profile]) -> None:
    # Two names that differ by case only are one entry in some keyrings.
    taken = next((known for known in profiles if known.lower() == name.lower()), None)
    if taken is not None:
        raise BadInput(
            f"There is a profile {taken} already; choose another name, or pass --replace.", "name"
        )
