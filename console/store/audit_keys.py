"""The private key that signs the trail: in the keyring, or in a file of the config folder.

One key serves an account on a computer; each trail's checkpoints name it by the trail's own origin.
It is made when first needed. Which of the keys at hand signs is decided by the trail: the one that
signed it last goes on, so that a command without the keyring and a window with it do not take
turns in replacing each other's key.

A new key that a person asks for is kept under its public half first; only when a trail is signed
with it does it become the one for new trails, and the one before is kept under its own public half:
other trails of this account may still be signed with that. So at every moment each key that a trail
was signed with last can be found.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from console.config import UnusableFolder, write_private
from console.domain.errors import EnvironmentProblem
from console.domain.tlog.errors import Malformed
from console.domain.tlog.keys import KEY_SIZE, SigningKey
from console.logs import never_log
from console.store.audit_files import TrailTrouble, open_regular, read_at, told
from console.store.system_keyring import TIMEOUT_S, NoKeyring, SystemKeyring

VARIABLE: Final = "CXONE_CONSOLE_AUDIT_KEY"
KEY_FILE: Final = "audit.key"
NAME: Final = "cxone-audit"
ENTRY: Final = "audit trail/signing key"  # no profile can have a slash in its name
_MOST: Final = 4096
_HOW: Final = (
    "Unlock the keyring; or set "
    f"{VARIABLE} to a file that only this account can read, to keep the key there"
)


class KeyUnavailable(EnvironmentProblem):
    """The trail's key cannot be had right now: nothing new is queued or sent until it can."""


@dataclass(frozen=True)
class ChosenKey:
    """The key that signs from now on; `warning` says, once, that it was made in a file."""

    seed: bytes = field(repr=False)
    warning: str = ""

    def signer(self, origin: str) -> SigningKey:
        """The key under the name of one trail."""
        return SigningKey(origin, self.seed)


class AuditKeys:
    """The signing keys of this account; asks the keyring at most once a session.

    Every method may wait for the keyring: call it in a worker thread. Without a keyring the key
    stands in `folder`, for this account alone; CXONE_CONSOLE_AUDIT_KEY names another file.
    `apart` is the data folder: who copies it must not get the key with it.
    """

    def __init__(
        self,
        folder: Path,
        apart: Path,
        environ: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._folder = folder
        self._apart = apart
        self._environ = os.environ if environ is None else environ
        self._keyring = SystemKeyring(_HOW, timeout_s)
        self._seeds: dict[str, bytes] = {}
        self._warning = ""

    def choose(self, last: bytes | None) -> ChosenKey:
        """The key to sign with; `last` is the public key that signed the trail last, if any.

        Raises KeyUnavailable where a key may exist that cannot be had now: another one must not
        take its place just because the keyring is locked.
        """
        self._warning = ""
        named = self._named
        if named is not None:
            main = self._from_file(named) or self._made_in_file(named)
            return ChosenKey(self._signed_last(named, main, last) or main)
        path = self._folder / KEY_FILE
        in_file = self._from_file(path)
        signed = self._signed_last(path, in_file, last)
        if signed is not None:
            return ChosenKey(signed)
        try:
            in_keyring = self._from_keyring(ENTRY) or self._made_in_keyring()
            older = self._older_in_keyring(in_keyring, last)
        except NoKeyring:
            return ChosenKey(in_file or self._made_in_file(path), self._warning)
        except EnvironmentProblem as error:
            raise KeyUnavailable(f"The key of the audit trail cannot be had: {error}") from error
        return ChosenKey(older or in_keyring)

    def find(self, public: bytes) -> bytes | None:
        """The key whose public half is `public`, wherever it is; a keyring in trouble has none."""
        for path in (self._folder / KEY_FILE, self._named):
            if path is not None:
                for file in (path, _older_path(path, public)):
                    found = self._from_file(file)
                    if found is not None and _public(found) == public:
                        return found
        for entry in (ENTRY, _older_entry(public)):
            with suppress(EnvironmentProblem):
                found = self._from_keyring(entry)
                if found is not None and _public(found) == public:
                    return found
        return None

    # -- a new key ----------------------------------------------------------------------------

    def renew(self, present: bytes) -> bytes:
        """Make a new key where `present`, the one that signs now, is kept; it can be found at once.

        Raises KeyUnavailable where that is impossible; the present one goes on then.
        """
        text = _new_key()
        never_log(text)
        seed = SigningKey.from_text(text).seed
        path = self._file_of(present)
        try:
            if path is not None:
                self._put_file(_older_path(path, _public(seed)), text)
            else:
                self._put_entry(_older_entry(_public(seed)), text)
        except EnvironmentProblem as error:
            raise KeyUnavailable(f"A new key cannot be kept: {error}") from error
        return seed

    def promote(self, present: bytes, seed: bytes) -> None:
        """Let `seed`, which a trail is signed with now, be the key of new trails too.

        `present` is kept for the trails that it signed. Raises KeyUnavailable; nothing is lost then.
        """
        path = self._file_of(present)
        old, new = (SigningKey(NAME, one).text for one in (present, seed))
        try:
            if path is not None:
                self._put_file(_older_path(path, _public(present)), old)
                self._put_file(path, new)
            else:
                self._put_entry(_older_entry(_public(present)), old)
                self._put_entry(ENTRY, new)
        except EnvironmentProblem as error:
            raise KeyUnavailable(f"The new key is not yet that of new trails: {error}") from error

    @property
    def _named(self) -> Path | None:
        named = self._environ.get(VARIABLE)
        return Path(named).expanduser().absolute() if named else None

    def _file_of(self, present: bytes) -> Path | None:
        """The file that the signing keys stand in; None where that is the keyring."""
        if self._named is not None:
            return self._named
        path = self._folder / KEY_FILE
        public = _public(present)
        for file in (path, _older_path(path, public)):
            found = self._from_file(file)
            if found is not None and _public(found) == public:
                return path
        return None

    def _signed_last(self, path: Path, main: bytes | None, last: bytes | None) -> bytes | None:
        """The key that signed a trail last, where it is `main`, of `path`, or stands beside that."""
        if last is None:
            return None
        if main is not None and _public(main) == last:
            return main
        found = self._from_file(_older_path(path, last))
        return found if found is not None and _public(found) == last else None

    def _older_in_keyring(self, main: bytes, last: bytes | None) -> bytes | None:
        """The key that signed a trail last, where that is another than `main`."""
        if last is None or _public(main) == last:
            return None
        found = self._from_keyring(_older_entry(last))
        return found if found is not None and _public(found) == last else None

    def _put_file(self, path: Path, text: str) -> None:
        """Put a key into a file, whole and on the disk, in place of what stood there."""
        try:
            write_private(path, f"{text}\n".encode("ascii"))
        except UnusableFolder as error:
            raise KeyUnavailable(str(error)) from error
        self._seeds[str(path)] = SigningKey.from_text(text).seed

    def _put_entry(self, entry: str, text: str) -> None:
        self._keyring.set(entry, text)
        self._seeds.pop(entry, None)
        kept = self._from_keyring(entry)
        if kept != SigningKey.from_text(text).seed:
            raise EnvironmentProblem(f"The keyring did not keep the new key. {_HOW}.")

    # -- the keyring --------------------------------------------------------------------------

    def _from_keyring(self, entry: str) -> bytes | None:
        if entry not in self._seeds:
            text = self._keyring.find(entry)
            if text is None:
                return None
            never_log(text)
            self._seeds[entry] = _seed(text, "the keyring")
        return self._seeds[entry]

    def _made_in_keyring(self) -> bytes:
        self._keyring.set(ENTRY, _new_key())
        # Read back: of two processes that make the first key at once, both use the one that stayed.
        kept = self._from_keyring(ENTRY)
        if kept is None:
            raise EnvironmentProblem(f"The keyring did not keep the new key. {_HOW}.")
        return kept

    # -- files --------------------------------------------------------------------------------

    def _from_file(self, path: Path) -> bytes | None:
        if str(path) in self._seeds:
            return self._seeds[str(path)]
        try:
            descriptor = open_regular(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        except (OSError, TrailTrouble) as error:
            why = told(error) if isinstance(error, OSError) else "it is no ordinary file."
            raise KeyUnavailable(f"The audit key {path} cannot be read: {why}") from error
        try:
            mode = os.fstat(descriptor).st_mode
            raw = read_at(descriptor, 0, _MOST)
        finally:
            os.close(descriptor)
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise KeyUnavailable(
                f"Others can read the audit key {path}. Take their rights away (chmod 600) and ask"
                " whether it may have been copied."
            )
        text = raw.decode("ascii", "replace").strip()
        never_log(text)
        self._seeds[str(path)] = _seed(text, str(path))
        return self._seeds[str(path)]

    def _made_in_file(self, path: Path) -> bytes:
        """Make a key in `path`, whole and on the disk; one made by another process meanwhile wins."""
        if path.resolve().is_relative_to(self._apart.resolve()):
            raise KeyUnavailable(
                f"The audit key must not stand in the data folder ({path}): copies would carry it."
                f" Set {VARIABLE} to a file elsewhere, or install a keyring."
            )
        text = _new_key()
        never_log(text)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = open_regular(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                os.write(descriptor, f"{text}\n".encode("ascii"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            with suppress(FileExistsError):
                _put(part, path)
        except OSError as error:
            raise KeyUnavailable(f"The audit key {path} cannot be made: {told(error)}") from error
        finally:
            part.unlink(missing_ok=True)
        found = self._from_file(path)
        if found is None:
            raise KeyUnavailable(f"The audit key {path} was made and is gone again.")
        self._warning = (
            f"This computer has no keyring: the key that signs the audit trail stands in {path}."
            " Whoever reads that file can sign for this console; protect it and keep a copy."
        )
        return found


def _put(part: Path, path: Path) -> None:
    """Give `part` its name, unless that is taken (FileExistsError), and make the name last."""
    if os.name == "nt":  # pragma: no cover - rename there refuses a name that is taken
        part.rename(path)
        return
    os.link(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _older_path(path: Path, public: bytes) -> Path:
    """Where a key that is not the one for new trails stands, beside that."""
    return path.with_name(f"{path.name}.{public.hex()[:16]}")


def _older_entry(public: bytes) -> str:
    return f"{ENTRY}/{public.hex()[:16]}"


def _new_key() -> str:
    return SigningKey(NAME, secrets.token_bytes(KEY_SIZE)).text


def _seed(text: str, where: str) -> bytes:
    try:
        return SigningKey.from_text(text).seed
    except Malformed as error:
        raise KeyUnavailable(f"The audit key in {where} cannot be used: {error}") from error


def _public(seed: bytes) -> bytes:
    return SigningKey(NAME, seed).verifier.public_key
