"""One open data folder: everything in it, wired, for one process."""

from __future__ import annotations

import getpass
import platform
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from console import VERSION
from console.app.place import PRODUCTION as PRODUCTION
from console.app.place import Place as Place
from console.app.running import Troubles
from console.app.system import SystemClock, SystemIds
from console.config import BadSetting, UnusableFolder
from console.domain import records
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.job import TriggerJob
from console.domain.retry import RetryRules
from console.domain.tlog.encoding import to_base64
from console.services.custody import Custody
from console.services.definition_desk import DefinitionDesk
from console.services.events import DefinitionsChanged, Hub, Notice
from console.services.journal import Journal
from console.services.lane_control import Surroundings
from console.services.operator import Operator, Target
from console.services.ports import RecordDraft, Write
from console.services.sender import Connected, Sender
from console.services.tasks import Crashed, Tasks
from console.store.audit_keys import AuditKeys
from console.store.identity import difference, folder_identity
from console.store.ledger import SqliteLedger
from console.store.locks import FileLock
from console.store.profiles import Profile


class Folder:
    """The services of one process over one data folder; `thread` syncs the disk."""

    def __init__(self, place: Place, crashed: Crashed | None = None) -> None:
        settings = place.settings
        self.place = place
        self.settings = settings
        self.clock = SystemClock()
        self.ids = SystemIds()
        self.hub = Hub()
        self.tasks = Tasks(crashed)
        keys = AuditKeys(place.paths.config_dir, place.paths.data_dir)
        self.ledger = SqliteLedger(place.paths.data_dir, self.clock, keys)
        self._thread = ThreadPoolExecutor(1, "journal")
        self.journal = Journal(self.ledger, self.tasks, self.hub, self._thread)
        self.definitions = place.definitions
        self.around = Surroundings(
            self.ledger,
            self.journal,
            self.clock,
            self.ids,
            self.hub,
            self.tasks,
            RetryRules(
                max_attempts=settings.max_retries,
                base_delay_s=settings.base_delay_s,
                lookup_first_s=settings.lookup_first_s,
                lookup_second_s=settings.lookup_second_s,
            ),
            settings.concurrency,
            settings.default_limit,
        )
        self.operator = Operator(
            settings.operator,
            ledger=self.ledger,
            journal=self.journal,
            definitions=self.definitions,
            clock=self.clock,
            ids=self.ids,
            max_attempts=settings.max_retries,
        )
        self.custody = Custody(
            self.ledger,
            self.journal,
            self.clock,
            lambda: folder_identity(place.paths.data_dir, place.paths.database_file),
            difference,
        )
        self.desk = DefinitionDesk(
            self.definitions, self.ledger, self.journal, self.clock, settings.operator
        )
        self.desk.listen(lambda: self.hub.tell(DefinitionsChanged()))
        self._connected: dict[str, tuple[Profile, Connected]] = {}
        self._retired: list[Connected] = []
        self._started = False

    def connect(self, profile_name: str) -> Connected:
        """The open connection of a profile, opened anew where any process has edited it.

        Raises BadInput, EnvironmentProblem or NotFound in words.
        """
        try:
            profile = self.place.profiles.get(profile_name)
        except (BadSetting, UnusableFolder) as error:
            raise EnvironmentProblem(str(error)) from error
        known = self._connected.get(profile_name)
        if known is not None and known[0] == profile:
            return known[1]
        from console.app.connections import open_tenant

        connected = open_tenant(profile, self.settings, self.place.secrets, self.clock, self.seal)
        self.forget(profile_name)
        self._connected[profile_name] = (profile, connected)
        return connected

    def seal(self) -> str | None:
        """The trail's size:root as it goes along with every trigger; None where that is off."""
        sealed = self.ledger.sealed if self.settings.console_seal else None
        return None if sealed is None else f"{sealed[0]}:{to_base64(sealed[1])}"

    def profile_names(self) -> list[str]:
        """The profiles as they stand now; EnvironmentProblem in words where they cannot be read."""
        try:
            return [profile.name for profile in self.place.profiles.all()]
        except (BadSetting, UnusableFolder) as error:
            raise EnvironmentProblem(str(error)) from error

    def forget(self, profile_name: str) -> None:
        """Open this profile's connection anew next time: it has another secret."""
        known = self._connected.pop(profile_name, None)
        if known is not None:
            self._retired.append(known[1])  # requests may still be under way

    def target(self, profile: Profile) -> Target:
        """Where triggers of this profile go."""
        from console.app.connections import fingerprint_of

        return Target(profile.name, fingerprint_of(profile))

    def sender(self, only: frozenset[str] | None = None, *, asks: bool = False) -> Sender:
        """The sender of this folder, not yet running; a window `asks` after a long closed time."""
        return Sender(
            self.around,
            FileLock(self.place.paths.sender_lock),
            self.ledger,
            self.connect,
            self.definitions,
            custody=self.custody,
            only=only,
            asks=asks,
        )

    def someone_sends(self) -> bool:
        """True where some process is the sender of this folder."""
        lock = FileLock(self.place.paths.sender_lock)
        taken = lock.acquire(block=False)
        lock.release()
        return not taken

    def job(self, name: str) -> TriggerJob:
        """The job of an id, J-number or number; NotFound (exit 2) where there is none."""
        name = name.encode("utf-8", "replace").decode("utf-8")
        number = name.upper().removeprefix("J-")
        found = self.ledger.job(name) or self.ledger.job(name.lower())
        if found is None and number.isascii() and number.isdigit() and len(number) < 19:
            found = self.ledger.job_by_number(int(number))
        if found is None:
            raise BadInput(f"There is no job {name!r} in {self.place.paths.data_dir}", "id")
        return found

    def tell_broken(self, workflow_id: str) -> None:
        """Say which definitions cannot be used, where one of them may be this workflow's."""
        if self.definitions.get(workflow_id) is None:
            for broken in self.definitions.broken():
                self.hub.tell(Notice("warning", broken.message, "broken-definition"))

    async def started(self, how: str) -> None:
        """Record that a process which may send began; the trail is brought up to the outbox."""
        await self.journal.settle()
        await self._note(records.console_started(*_about(how)))
        self._started = True
        try:
            await self.desk.settle()
        except EnvironmentProblem as error:
            self.hub.tell(Notice("warning", str(error), "definitions"))
        self.tasks.start(self.desk.watch(), "watch definitions")

    async def stopped(self, how: str) -> None:
        """Record the orderly end."""
        if self._started:
            await self._note(records.console_stopped(*_about(how)))

    async def _note(self, draft: RecordDraft) -> None:
        await self.journal.write(Write(records=(draft,)))

    async def close(self) -> None:
        """End every task, close connections and files; what is stored stays."""
        await self.tasks.close()
        open_ones = [connected for _, connected in self._connected.values()]
        for connected in [*open_ones, *self._retired]:
            await connected.tenant.close()
        self._thread.shutdown(wait=True)
        self.ledger.close()


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Folder]:
    """An open folder for one command, whose troubles are told on stderr from the beginning."""
    folder = Folder(place)
    folder.hub.listen(Troubles())
    try:
        yield folder
    finally:
        await folder.journal.drained()
        await folder.close()


def _about(how: str) -> tuple[str, str, str, str]:
    try:
        account = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a bare container knows no user names
        account = "unknown"
    return VERSION, platform.node(), account, how
