"""Settings and folders: one TOML file, each key also in the environment; never a secret.

This module stands below the domain, so its errors are its own: a caller shows `BadSetting` as
bad input (exit code 2) and `UnusableFolder` as a problem of this computer (exit code 3).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PREFIX: Final = "CXONE_CONSOLE_"
DATA_DIR_VARIABLE: Final = "CXONE_CONSOLE_DATA_DIR"
CONFIG_DIR_VARIABLE: Final = "CXONE_CONSOLE_CONFIG_DIR"
STATE_DIR_VARIABLE: Final = "CXONE_CONSOLE_STATE_DIR"
CACHE_DIR_VARIABLE: Final = "CXONE_CONSOLE_CACHE_DIR"
PROGRAM: Final = "cxone-console"
_POSIX: Final = os.name == "posix"

Value = str | int | float | bool


class BadSetting(ValueError):
    """A setting that cannot be used; the text names where it stands, its key and what is allowed."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class UnusableFolder(OSError):
    """A folder or file of ours that cannot be made, read or written; the text says what to do."""


@dataclass(frozen=True)
class Paths:
    """Every place the program writes to; nothing exists before `make`."""

    data_dir: Path
    chosen_config_dir: Path | None = None

    @property
    def config_dir(self) -> Path:
        """What stays apart from the data and its copies: the chosen folder, else the system's."""
        if self.chosen_config_dir is not None:
            return self.chosen_config_dir
        import platformdirs

        return _absolute(platformdirs.user_config_path(PROGRAM, appauthor=False))

    @property
    def settings_file(self) -> Path:
        """Settings without secrets, TOML."""
        return self.data_dir / "settings.toml"

    @property
    def profiles_file(self) -> Path:
        """Connections without secrets, TOML."""
        return self.data_dir / "profiles.toml"

    @property
    def workflows_dir(self) -> Path:
        """Workflow definitions, one JSON file each."""
        return self.data_dir / "workflows"

    @property
    def presets_dir(self) -> Path:
        """Saved values of forms, one JSON file each; made with the first of them."""
        return self.data_dir / "presets"

    @property
    def audit_dir(self) -> Path:
        """The trail."""
        return self.data_dir / "audit"

    @property
    def logs_dir(self) -> Path:
        """What the program says about itself."""
        return self.data_dir / "logs"

    @property
    def log_file(self) -> Path:
        """The present log; older ones stand beside it with a number."""
        return self.logs_dir / "console.log"

    @property
    def state_dir(self) -> Path:
        """Window layout, drafts and caches: what may be lost without harm."""
        return self.data_dir / "state"

    @property
    def database_file(self) -> Path:
        """The queue."""
        return self.data_dir / "console.db"

    @property
    def sender_lock(self) -> Path:
        """Locked for life by the one process that sends."""
        return self.data_dir / "sender.lock"

    @property
    def trail_lock(self) -> Path:
        """Locked for a batch by whoever appends to the trail."""
        return self.data_dir / "trail.lock"

    @property
    def demo_dir(self) -> Path:
        """The demo's own data folder, apart from everything real."""
        return self.data_dir / "demo"

    def make(self) -> None:
        """Make the data folder and those in it, 0700; raise UnusableFolder where that fails."""
        for folder in (
            self.data_dir,
            self.workflows_dir,
            self.audit_dir,
            self.logs_dir,
            self.state_dir,
        ):
            make_private_dir(folder)


def find_paths(
    data_dir: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> Paths:
    """Return the folders: `data_dir`, else CXONE_CONSOLE_DATA_DIR, else where the system keeps them."""
    env = os.environ if environ is None else environ
    chosen: str | Path | None = data_dir or env.get(DATA_DIR_VARIABLE) or None
    config: str | Path | None = env.get(CONFIG_DIR_VARIABLE) or None
    if chosen is None:
        import platformdirs

        chosen = platformdirs.user_data_path(PROGRAM, appauthor=False)
    return Paths(_absolute(chosen), _absolute(config) if config else None)


def find_memory(environ: Mapping[str, str] | None = None) -> Path:
    """Return where this computer remembers trails: CXONE_CONSOLE_STATE_DIR, else the system's place.

    It stands apart from every data folder, so that whoever sets one back does not reach it.
    """
    env = os.environ if environ is None else environ
    chosen: str | Path | None = env.get(STATE_DIR_VARIABLE) or None
    if chosen is None:
        import platformdirs

        chosen = platformdirs.user_state_path(PROGRAM, appauthor=False)
    return _absolute(chosen)


def find_cache(environ: Mapping[str, str] | None = None) -> Path:
    """Return where what can be made again is kept: CXONE_CONSOLE_CACHE_DIR, else the system's place."""
    env = os.environ if environ is None else environ
    chosen: str | Path | None = env.get(CACHE_DIR_VARIABLE) or None
    if chosen is None:
        import platformdirs

        chosen = platformdirs.user_cache_path(PROGRAM, appauthor=False)
    return _absolute(chosen)


def _absolute(folder: str | Path) -> Path:
    try:
        str(folder).encode("utf-8")
        return Path(folder).expanduser().absolute()
    except UnicodeEncodeError as error:
        raise BadSetting(
            f"The folder {str(folder)!r} has a name that is no UTF-8 text; choose another.",
            "data-dir",
        ) from error
    except RuntimeError as error:  # ~ of a user who does not exist
        raise BadSetting(
            f"The folder {str(folder)!r} cannot be found: {str(error).rstrip('.')}.", "data-dir"
        ) from error


@dataclass(frozen=True)
class _Allowed:
    """What a key may hold: a number in [low, high], or one of `choices`, or any text."""

    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()


def _number(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"allowed": _Allowed(low, high)})


@dataclass(frozen=True)
class Settings:
    """What an operator may tune; times in seconds. `ca_file` adds to the system's certificates.

    `anchor_…` say who outside keeps the trail's checkpoint, and how often he gets it;
    `console_seal` sends the trail's size and root along with every trigger.
    """

    operator: str = field(default="", metadata={"allowed": _Allowed()})
    theme: str = field(
        default="system", metadata={"allowed": _Allowed(choices=("system", "light", "dark"))}
    )
    poll_interval_s: float = _number(3.0, 0.2, 3600)
    lookup_first_s: float = _number(5.0, 0, 3600)
    lookup_second_s: float = _number(10.0, 0, 3600)
    max_retries: int = _number(3, 1, 20)
    base_delay_s: float = _number(1.0, 0, 60)
    concurrency: int = _number(8, 1, 64)
    connect_timeout_s: float = _number(10.0, 0.1, 300)
    read_timeout_s: float = _number(10.0, 0.1, 300)
    request_deadline_s: float = _number(30.0, 0.1, 600)
    default_limit: int = _number(50, 1, 1_000_000)
    wait_default_s: float = _number(1800.0, 0, 7 * 86_400)
    ca_file: str = field(default="", metadata={"allowed": _Allowed()})
    anchor_folder: str = field(default="", metadata={"allowed": _Allowed()})
    anchor_url: str = field(default="", metadata={"allowed": _Allowed()})
    anchor_tsa_url: str = field(default="", metadata={"allowed": _Allowed()})
    anchor_tsa_ca: str = field(default="", metadata={"allowed": _Allowed()})
    anchor_minutes: float = _number(60.0, 0, 10_080)
    console_seal: bool = field(default=False, metadata={"allowed": _Allowed()})


_SWITCH: Final = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
_KEYS: Final = {item.name: item for item in dataclasses.fields(Settings)}


@dataclass(frozen=True)
class Loaded:
    """The settings in force, what is odd about them, and whether the operator's name was chosen."""

    settings: Settings
    warnings: tuple[str, ...] = ()
    operator_chosen: bool = False


def load_settings(file: Path, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read `file` (none: defaults) and lay CXONE_CONSOLE_<KEY> over it.

    Raises BadSetting naming the file or variable, the key and what is allowed. Unknown keys of
    the file are warnings: an older program may read a newer one's settings.
    """
    env = os.environ if environ is None else environ
    values: dict[str, Value] = {}
    warnings: list[str] = []
    for key, value in read_toml(file).items():
        if key in _KEYS:
            values[key] = _checked(key, value, f"{file}")
        else:
            warnings.append(f"{file}: the setting {key!r} is not known and has no effect.")
    for key in _KEYS:
        variable = PREFIX + key.upper()
        text = env.get(variable)
        if text:
            values[key] = _checked(key, _from_text(key, text), variable)
    chosen = bool(values.get("operator"))
    if not chosen:
        values["operator"] = os_user(env)
    return Loaded(Settings(**values), tuple(warnings), chosen)  # type: ignore[arg-type]  # each was checked against its field


def save_settings(file: Path, changes: Mapping[str, Value]) -> None:
    """Write `changes` into `file` at once or not at all; other keys stay, comments do not."""
    import tomli_w

    document = read_toml(file)
    for key, value in changes.items():
        if key not in _KEYS:
            raise BadSetting(f"There is no setting {key!r}.", key)
        document[key] = _checked(key, value, f"{file}")
    write_private(file, tomli_w.dumps(document).encode("utf-8"))


def os_user(environ: Mapping[str, str]) -> str:
    """The name this person is logged in with, as one line of text, or "unknown"."""
    import getpass

    names = ("LOGNAME", "USER", "LNAME", "USERNAME")
    found = next((environ[name] for name in names if environ.get(name)), "")
    if not found:
        try:
            found = getpass.getuser()
        except (OSError, KeyError, ImportError):  # a bare container knows no user names
            return "unknown"
    return "".join(char if char.isprintable() else "?" for char in found)[:1000]


def read_toml(file: Path) -> dict[str, Any]:
    """The document in `file`, empty where there is no file; BadSetting names what is wrong."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UnusableFolder(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadSetting(f"{file} is not UTF-8 text; save it as UTF-8.") from error
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a syntax error, or endless digits or nesting
        raise BadSetting(f"{file} is not valid TOML: {error}.") from error


def make_private_dir(folder: Path) -> None:
    """Make `folder` and its parents, new ones 0700; UnusableFolder where that cannot be."""
    try:
        missing = [part for part in (folder, *folder.parents) if not part.exists()]
        for part in reversed(missing):
            part.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UnusableFolder(
            f"The folder {folder} cannot be made: {error.strerror or error}. "
            "Choose another with --data-dir."
        ) from error
    if not folder.is_dir():
        raise UnusableFolder(f"{folder} is not a folder; choose another with --data-dir.")


def write_private(file: Path, content: bytes) -> None:
    """Put `content` into `file` (0600) whole or not at all, and on disk; else UnusableFolder."""
    import tempfile

    make_private_dir(file.parent)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
        if _POSIX:
            folder = os.open(file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise UnusableFolder(f"{file} cannot be written: {error.strerror or error}.") from error


def _from_text(key: str, text: str) -> Value:
    kind = type(_KEYS[key].default)
    if kind is str:
        return text
    if kind is bool:
        return _SWITCH.get(text.strip().lower(), text)
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _checked(key: str, value: object, where: str) -> Value:
    default = _KEYS[key].default
    allowed: _Allowed = _KEYS[key].metadata["allowed"]
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise BadSetting(f"{where}: {key} must be true or false, not {_shown(value)}.", key)
    if isinstance(default, str):
        return _checked_text(key, value, where, allowed)
    whole = isinstance(default, int)
    span = f"a {'whole ' if whole else ''}number from {allowed.low:g} to {allowed.high:g}"
    kinds = int if whole else int | float
    # NaN compares false with everything, so it falls out of the span by itself.
    if (
        isinstance(value, bool)
        or not isinstance(value, kinds)
        or not allowed.low <= value <= allowed.high
    ):
        raise BadSetting(f"{where}: {key} must be {span}, not {_shown(value)}.", key)
    return value if whole else float(value)


def _checked_text(key: str, value: object, where: str, allowed: _Allowed) -> str:
    if not isinstance(value, str):
        raise BadSetting(f"{where}: {key} must be text, not {_shown(value)}.", key)
    if allowed.choices and value not in allowed.choices:
        raise BadSetting(
            f"{where}: {key} must be one of {', '.join(allowed.choices)}, not {_shown(value)}.", key
        )
    if any(not char.isprintable() for char in value) or len(value) > 1000:
        raise BadSetting(f"{where}: {key} must be one line of at most 1000 characters.", key)
    return value.strip()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
