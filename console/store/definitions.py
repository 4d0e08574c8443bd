"""Workflow definitions: one JSON or YAML file each in {data-dir}/workflows; written as JSON.

A change is staged beside them, complete and on the disk, before its record is written, and put in
place after it (`services.definition_desk`): whoever finds a staged change carries it out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.config import UnusableFolder, write_private
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.values import type_name
from console.domain.workflow import Judge, Workflow, definition_text, workflow_of
from console.store.definition_files import read_document

if TYPE_CHECKING:
    from console.services.definition_desk import Plan

SCHEMA_DRAFTS: Final = (
    "https://json-schema.org/draft/2020-12/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft-07/schema",
)
STAGED: Final = ".staged"
LARGEST_FILE: Final = 1024 * 1024
_SUFFIXES: Final = frozenset({".json", ".yaml", ".yml"})
_SAFE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_RESERVED: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")


@dataclass(frozen=True)
class BrokenDefinition:
    """A file that is no definition, and what is wrong with it."""

    file: Path
    message: str


class DefinitionStore:
    """The definitions of one folder; a broken file is told and hides no other.

    Read at the first question and by `reload`, which costs some 60 ms: in a worker thread where
    a window waits.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, Workflow] | None = None
        self._broken: tuple[BrokenDefinition, ...] = ()
        self._files: dict[str, Path] = {}
        self._seen: Signature = ()

    def all(self) -> tuple[Workflow, ...]:
        """Every definition, by title."""
        return _by_title(self._definitions().values())

    def unjudged(self) -> tuple[Workflow, ...]:
        """The same before any schema was judged, which takes 60 ms: what a new window shows first.

        A definition whose schema is none is among them until `reload` has found that out.
        """
        if self._found is not None:
            return self.all()
        return _by_title(self._read(judge=draft_of)[0].values())

    def get(self, workflow_id: str) -> Workflow | None:
        """The definition of `workflow_id`, or None."""
        return self._definitions().get(workflow_id)

    def broken(self) -> tuple[BrokenDefinition, ...]:
        """The files that are no definitions."""
        self._definitions()
        return self._broken

    def reload(self) -> None:
        """Read the folder again."""
        seen = self._signature()
        self._found, self._broken = self._read(judge=check_schema)
        self._seen = seen

    def changed(self) -> bool:
        """True where a file is another than when the folder was last read."""
        return self._found is None or self._signature() != self._seen

    def _signature(self) -> Signature:
        try:
            entries = [entry for entry in os.scandir(self._folder) if _is_definition(entry.name)]
            return tuple(sorted((e.name, *_state(e.stat())) for e in entries))
        except OSError:  # no folder yet, or a file that just went
            return ()

    def _read(self, judge: Judge) -> tuple[dict[str, Workflow], tuple[BrokenDefinition, ...]]:
        found: dict[str, Workflow] = {}
        origin: dict[str, Path] = {}
        broken: list[BrokenDefinition] = []
        files = (f for f in self._folder.glob("*.*") if _is_definition(f.name))
        for file in sorted(files):
            try:
                workflow = read_definition(file, judge)
            except BadInput as error:
                broken.append(BrokenDefinition(file, str(error)))
                continue
            taken = origin.get(workflow.workflow_id)
            if taken is not None:
                message = f"{file}: the id {workflow.workflow_id} stands in {taken.name} already."
                broken.append(BrokenDefinition(file, message))
                continue
            found[workflow.workflow_id] = workflow
            origin[workflow.workflow_id] = file
        self._files = origin
        return found, tuple(broken)

    def seed_from(self, folder: Path) -> None:
        """Copy the definitions of `folder` that are not here by their file's name (the demo's)."""
        for file in sorted(folder.glob("*.json")):
            target = self._folder / file.name
            if not target.exists():
                write_private(target, file.read_bytes())
        self._found = None

    # -- changing -----------------------------------------------------------------------------

    def lock(self) -> AbstractContextManager[object] | None:
        """Hold the folder against other changes; None where somebody else holds it."""
        from console.store.locks import FileLock

        lock = FileLock(self._folder / ".lock")
        return lock if lock.acquire(block=False) else None

    def stage(self, workflow: Workflow) -> Plan:
        """Put a definition on the disk beside the others, to be put in place by `carry_out`.

        Raises EnvironmentProblem where it cannot be written; then nothing is left of it.
        """
        from console.services.definition_desk import Plan

        workflow_id = workflow.workflow_id
        present = self._files.get(workflow_id)
        keeps = present is not None and present.suffix == ".json"
        target = present if present is not None and keeps else self._free_name(workflow_id)
        drop = () if present is None or keeps else (present.name,)
        staged = self._staged(definition_text(workflow).encode("utf-8"))
        return Plan(workflow_id, staged, target.name, workflow.digest, drop)

    def stage_removal(self, workflow_id: str) -> Plan:
        """Prepare to take a definition away."""
        from console.services.definition_desk import Plan

        present = self._files[workflow_id]
        return Plan(workflow_id, self._staged(b""), present.name, "", (present.name,))

    def carry_out(self, plan: Plan) -> None:
        """Put a staged change in place; nothing is done where that was done before."""
        staged = self._folder / plan.staged
        try:
            if not staged.exists():
                return
            for name in plan.drop:
                (self._folder / name).unlink(missing_ok=True)
            if plan.after:
                staged.replace(self._folder / plan.target)
            else:
                staged.unlink(missing_ok=True)
            _sync(self._folder)
        except OSError as error:
            raise EnvironmentProblem(
                f"{self._folder} cannot be changed: {error.strerror or error}."
            ) from error

    def give_up(self, plan: Plan) -> None:
        """Forget a staged change whose record was not written."""
        with suppress(OSError):  # `sweep` takes it away later
            (self._folder / plan.staged).unlink(missing_ok=True)

    def unfinished(self) -> bool:
        """True where a change was staged and not put in place: a crash, or another process."""
        return any(self._folder.glob(f".*{STAGED}"))

    def sweep(self) -> None:
        """Remove what was staged and never recorded; asked under the lock."""
        with suppress(OSError):  # it harms nobody, and the next one tries again
            for file in self._folder.glob(f".*{STAGED}"):
                file.unlink(missing_ok=True)

    def _staged(self, content: bytes) -> str:
        import secrets

        name = f".{secrets.token_hex(8)}{STAGED}"
        try:
            write_private(self._folder / name, content)
        except UnusableFolder as error:
            raise EnvironmentProblem(str(error)) from error
        return name

    def _free_name(self, workflow_id: str) -> Path:
        """A file name for a new definition that no system bends and no other file has."""
        import hashlib

        mark = hashlib.sha256(workflow_id.encode("utf-8")).hexdigest()
        if _SAFE.fullmatch(workflow_id) and not _RESERVED.fullmatch(workflow_id):
            plain = self._folder / f"{workflow_id}.json"
            if not plain.exists():
                return plain
        slug = re.sub(r"[^a-z0-9_-]+", "-", workflow_id.lower()).strip("-")[:60] or "workflow"
        names = (f"{slug}-{mark[:length]}.json" for length in (8, 16, 32, 64))
        return next(
            (self._folder / name for name in names if not (self._folder / name).exists()),
            self._folder / f"{slug}-{mark}.json",
        )

    def _definitions(self) -> Mapping[str, Workflow]:
        if self._found is None:
            self.reload()
        assert self._found is not None
        return self._found


def read_definition(file: Path, judge: Judge | None = None) -> Workflow:
    """Read one file; BadInput names the file, the field and what is allowed."""
    document = read_document(file, LARGEST_FILE)
    try:
        return workflow_of(document, judge or check_schema)
    except BadInput as error:
        raise BadInput(f"{file}: {error}", error.field) from error


Signature = tuple[tuple[str, int, int, int], ...]


def _is_definition(name: str) -> bool:
    return Path(name).suffix in _SUFFIXES and not name.startswith(".")


def _state(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _by_title(found: Iterable[Workflow]) -> tuple[Workflow, ...]:
    return tuple(sorted(found, key=lambda item: (item.title.lower(), item.workflow_id)))


def check_schema(schema: object) -> None:
    """Return if `schema` is a JSON Schema (2020-12 or draft 7) of an object, else raise BadInput."""
    draft = draft_of(schema)
    assert isinstance(schema, dict)
    from jsonschema import Draft7Validator, Draft202012Validator
    from jsonschema.exceptions import SchemaError

    judge = Draft7Validator if "draft-07" in draft else Draft202012Validator
    try:
        judge.check_schema(schema)
    except SchemaError as error:
        where = "/".join(str(step) for step in error.absolute_path) or "at its top"
        raise BadInput(
            f"schema is no JSON Schema, {where}: {error.message[:200]}.", "schema"
        ) from error
    except RecursionError as error:
        raise BadInput("schema is nested too deeply.", "schema") from error


def draft_of(schema: Any) -> str:
    """The draft that `schema`, an object's, says it follows; BadInput where we read no such."""
    if not isinstance(schema, dict):
        raise BadInput(f"schema must be an object, not {type_name(schema)}.", "schema")
    draft = schema.get("$schema", SCHEMA_DRAFTS[0])
    if not isinstance(draft, str) or draft.rstrip("#") not in SCHEMA_DRAFTS:
        raise BadInput(
            "schema: $schema must name JSON Schema 2020-12 or draft 7, or be left out.", "schema"
        )
    if schema.get("type", "object") != "object":
        raise BadInput('schema: its type must be "object": the variables by name.', "schema")
    return draft
