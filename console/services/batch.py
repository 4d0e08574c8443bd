"""Many triggers from one file: every row judged, what was asked for before named, all or none queued.

The judging takes no loop and no disk, so a window may do it in a worker thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from console.domain.batch import Columns, RowError, read_columns
from console.domain.csv_table import Row, Table
from console.domain.errors import BadInput, Refusal
from console.domain.job import TriggerJob
from console.domain.payload import TriggerPayload
from console.domain.schema import Schema
from console.domain.workflow import Workflow
from console.services import outcomes
from console.services.commands import TriggerRequest
from console.services.journal import Journal
from console.services.operator import Judge, Operator, Target, judged_payload
from console.services.ports import Clock, Definitions, Earlier, Ids, Ledger, Write

REPEATED_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True)
class BatchRequest:
    """What an operator asks for with a file: `digest` is the SHA-256 hex of its bytes."""

    workflow_id: str
    table: Table
    digest: str
    file_name: str
    maps: tuple[str, ...] = ()
    priority: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    again: bool = False


@dataclass(frozen=True)
class Judged:
    """The rows' payloads, in their order, or what is wrong with them; never both."""

    payloads: tuple[TriggerPayload, ...]
    errors: tuple[RowError, ...]


@dataclass(frozen=True)
class SeenFile:
    """When a file with these very bytes was queued before, under which name, as which batch."""

    at: datetime
    name: str
    batch: str


@dataclass(frozen=True)
class RowRepeat:
    """A row that asks for what a job of the last 24 h, or an earlier row, asked for already."""

    row: int
    job: Earlier | None = None
    same_as_row: int | None = None


@dataclass(frozen=True)
class Repeats:
    """What of a batch was asked for before."""

    file: SeenFile | None = None
    rows: tuple[RowRepeat, ...] = ()

    def __bool__(self) -> bool:
        """True where anything repeats."""
        return self.file is not None or bool(self.rows)


@dataclass(frozen=True)
class Queued:
    """A batch that is in the queue, and what it repeated with a person's yes.

    `jobs` stand in the order of the rows; the queue has given each a number that they lack here.
    """

    batch: str
    jobs: tuple[TriggerJob, ...]
    repeats: Repeats


class Repeated(BadInput):
    """A batch that repeats something needs a yes (`again`); nothing was queued."""

    def __init__(self, repeats: Repeats) -> None:
        super().__init__("The batch repeats what was asked for before.", "again")
        self.repeats = repeats


class Batches:
    """Queues files for one operator."""

    def __init__(
        self,
        operator: Operator,
        ledger: Ledger,
        journal: Journal,
        definitions: Definitions,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._operator = operator
        self._ledger = ledger
        self._journal = journal
        self._definitions = definitions
        self._clock = clock
        self._ids = ids

    def judge(self, request: BatchRequest) -> Judged:
        """Judge every row as a single trigger would be; BadInput where no row can be meant."""
        workflow = self._definitions.get(request.workflow_id)
        schema = None if workflow is None else workflow.schema
        columns = read_columns(request.table.header, request.maps, schema)
        asked = _request_of(request)
        judge = None if schema is None else _judge_for(schema)
        payloads: list[TriggerPayload] = []
        errors: list[RowError] = []
        for row in request.table.rows:
            payload, wrong = _judge_row(row, columns, asked, workflow, judge)
            errors += wrong
            if not errors:
                payloads.append(payload)
        return Judged(() if errors else tuple(payloads), tuple(errors))

    def repeats(self, request: BatchRequest, judged: Judged, profile: str) -> Repeats:
        """What of the batch was asked for before: the file, or a row within the last 24 h."""
        since = self._clock.now() - REPEATED_WITHIN
        hashes = [payload.content_hash() for payload in judged.payloads]
        earlier = self._ledger.earlier(profile, hashes, since)
        first: dict[str, int] = {}
        rows = []
        for row, content in zip(request.table.rows, hashes, strict=True):
            job, same_as = earlier.get(content), first.setdefault(content, row.number)
            if job is not None:
                rows.append(RowRepeat(row.number, job))
            elif same_as != row.number:
                rows.append(RowRepeat(row.number, same_as_row=same_as))
        return Repeats(_seen(self._ledger.value(_file_key(request))), tuple(rows))

    async def queue(self, request: BatchRequest, judged: Judged, target: Target) -> Queued:
        """Queue a job for every row, all or none; they are on disk with their records.

        Raises Repeated where something repeats and the request does not say `again`.
        """
        batch = self._ids.job_id()
        key = _file_key(request)
        asked = _request_of(request)
        while True:
            before = self._ledger.value(key)
            repeats = self.repeats(request, judged, target.profile)
            if repeats and not request.again:
                raise Repeated(repeats)
            jobs = tuple(
                self._operator.new_job(asked, payload, target, batch=batch, batch_row=row.number)
                for row, payload in zip(request.table.rows, judged.payloads, strict=True)
            )
            seen = SeenFile(self._clock.now(), request.file_name, batch)
            writes = [outcomes.new_job(job) for job in jobs]
            write = Write(
                inserts=jobs,
                when={key: before},
                events=tuple(told for one in writes for told in one.events),
                records=tuple(draft for one in writes for draft in one.records),
                values={key: _seen_text(seen)},
            )
            try:
                await self._journal.write(write)
            except Refusal:
                if self._ledger.value(key) == before:
                    raise
                continue  # another process queued the same file just now: look again
            return Queued(batch, jobs, repeats)


def _judge_for(schema: Schema) -> Judge:
    # jsonschema takes 60 ms to import: not before there is something to judge.
    from console.domain.schema_check import judge_for

    return judge_for(schema)


def _judge_row(
    row: Row,
    columns: Columns,
    asked: TriggerRequest,
    workflow: Workflow | None,
    judge: Judge | None,
) -> tuple[TriggerPayload, list[RowError]]:
    values, wrong = columns.read(row)
    payload, messages = judged_payload(replace(asked, context=values), workflow, judge)
    errors = list(wrong)
    if any(not error.column for error in errors):  # not a row at all
        return payload, errors
    told = {error.column for error in errors}
    for message in messages:
        error = columns.error(row, message)
        if error.column not in told:  # a value that could not be read is not missing as well
            errors.append(error)
    return payload, errors


def _request_of(request: BatchRequest) -> TriggerRequest:
    return TriggerRequest(
        request="",
        workflow_id=request.workflow_id,
        context={},
        priority=request.priority,
        metadata=request.metadata,
        reason=request.reason,
        again=request.again,
    )


def _file_key(request: BatchRequest) -> str:
    return f"batch:{request.digest}"


def _seen_text(seen: SeenFile) -> str:
    return json.dumps({"at": seen.at.isoformat(), "name": seen.name, "batch": seen.batch})


def _seen(text: str | None) -> SeenFile | None:
    if text is None:
        return None
    kept = json.loads(text)
    return SeenFile(datetime.fromisoformat(kept["at"]), kept["name"], kept["batch"])
