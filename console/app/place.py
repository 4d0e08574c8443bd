"""A data folder before anything in it is opened: where it stands, its settings, its profiles.

The window needs no more than this to be painted, so nothing heavier is imported here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from console.app.start import log_to
from console.config import Paths, Settings, find_paths, load_settings
from console.domain.errors import BadInput, EnvironmentProblem, NotFound
from console.store.local_disk import refuse_network

if TYPE_CHECKING:
    from console.store.definitions import DefinitionStore
    from console.store.profiles import Profile, ProfileStore
    from console.store.secrets import SecretStore

log = logging.getLogger(__name__)

PRODUCTION: Final = "production"


@dataclass(frozen=True)
class Place:
    """A data folder before anything in it is opened."""

    paths: Paths
    settings: Settings

    @classmethod
    def find(cls, data_dir: str | None) -> Place:
        """The folder that the option, the environment or the system names; made if missing."""
        paths = find_paths(data_dir)
        refuse_network(paths.data_dir)
        paths.make()
        log_to(paths.log_file)
        loaded = load_settings(paths.settings_file)
        for warning in loaded.warnings:
            log.warning(warning)
        return cls(paths, loaded.settings)

    @cached_property
    def profiles(self) -> ProfileStore:
        """The connections."""
        from console.store.profiles import ProfileStore

        return ProfileStore(self.paths.profiles_file)

    @cached_property
    def definitions(self) -> DefinitionStore:
        """The workflow definitions."""
        from console.store.definitions import DefinitionStore

        return DefinitionStore(self.paths.workflows_dir)

    @cached_property
    def secrets(self) -> SecretStore:
        """The keyring."""
        from console.store.secrets import SecretStore

        return SecretStore()

    def profile(self, named: str | None) -> Profile:
        """The profile to use: named, else the last used, which may not be production.

        Raises EnvironmentProblem where there is none (exit 3), BadInput for production.
        """
        if named:
            try:
                return self.profiles.get(named)
            except NotFound as error:
                raise EnvironmentProblem(str(error)) from error
        last = self.profiles.last_used()
        if last is None:
            raise EnvironmentProblem(
                "There is no profile yet. Add one with: cxone-console profile add NAME "
                "--contract workflow-api --client-id ID --region us-2"
            )
        if last.environment == PRODUCTION:
            raise BadInput(
                f"{last.name} is a production profile and must be named: --profile {last.name}",
                "profile",
            )
        return last

    def first_profile(self, named: str | None) -> tuple[Profile | None, str]:
        """The profile a new window opens, and what to tell where it opens none by itself."""
        if named:
            return self.profile(named), ""
        last = self.profiles.last_used()
        if last is not None and last.environment == PRODUCTION:
            return None, f"{last.name} is production: open it in Settings, under Connections."
        return last, ""
