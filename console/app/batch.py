"""`batch`: the rows of a CSV file into the queue, all or none, and with a wait through it."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from console.app.folder import Folder, opened
from console.app.place import Place
from console.app.running import run
from console.app.views import iso, job_view
from console.app.waiting import send_and_wait
from console.domain.batch import RowError
from console.domain.csv_table import MAX_BYTES, Table, read_table
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.job import JobState, TriggerJob
from console.domain.text import harmless
from console.services.batch import Batches, BatchRequest, Judged, Queued, Repeated, Repeats
from console.services.ports import JobFilter
from console.services.sender import Sender
from console.store.whole_file import write_whole

RESULT_COLUMNS: Final = ("row", "jobId", "state", "instanceId", "reason")
OPEN: Final = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING})
WATCH_S: Final = 0.25
_PAGE: Final = 50


@dataclass(frozen=True)
class BatchOptions:
    """What the command line asks for."""

    file: Path
    workflow_id: str
    maps: tuple[str, ...] = ()
    priority: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    again: bool = False
    results: Path | None = None
    dry_run: bool = False
    wait: bool = False


@dataclass(frozen=True)
class BatchReport:
    """What became of a file: queued as `batch`, or why not; `jobs` in the order of the rows.

    `would` are the requests of a dry run; `trouble` says why the outcome file is not written.
    """

    rows: int
    batch: str | None = None
    jobs: tuple[dict[str, Any], ...] = ()
    errors: tuple[RowError, ...] = ()
    repeats: Repeats = field(default_factory=Repeats)
    would: tuple[dict[str, Any], ...] = ()
    trouble: str = ""

    def to_json(self) -> dict[str, Any]:
        """The document that `--json` prints."""
        seen = self.repeats.file
        document: dict[str, Any] = {
            "batch": self.batch,
            "rows": self.rows,
            "queued": len(self.jobs),
            "jobs": list(self.jobs),
            "errors": [
                {"row": item.row, "column": item.column, "message": item.message}
                for item in self.errors
            ],
            "repeats": [
                {
                    "row": item.row,
                    "jobId": None if item.job is None else item.job.job_id,
                    "queuedAt": None if item.job is None else iso(item.job.queued_at),
                    "sameAsRow": item.same_as_row,
                }
                for item in self.repeats.rows
            ],
            "fileSeen": None
            if seen is None
            else {"name": seen.name, "batch": seen.batch, "queuedAt": iso(seen.at)},
        }
        if self.would:
            document["wouldQueue"] = list(self.would)
        return document


def run_batch(data_dir: str | None, profile: str | None, options: BatchOptions) -> BatchReport:
    """Judge every row, queue all or none; with `wait` send them, and only them, and wait."""
    if options.dry_run and options.wait:
        raise BadInput("--dry-run sends nothing; leave out --wait", "wait")
    request = _request(options)
    place = Place.find(data_dir)
    chosen = place.profile(profile)
    if options.results is not None:
        _refuse_place(options.results, options.file, place)

    async def work(stop: asyncio.Event) -> BatchReport:
        async with opened(place) as folder:
            batches = Batches(
                folder.operator,
                folder.ledger,
                folder.journal,
                folder.definitions,
                folder.clock,
                folder.ids,
            )
            folder.tell_broken(request.workflow_id)
            judged = batches.judge(request)
            rows = len(request.table.rows)
            if judged.errors:
                return BatchReport(rows, errors=judged.errors)
            if options.dry_run:
                repeats = batches.repeats(request, judged, chosen.name)
                return BatchReport(rows, repeats=repeats, would=_would(request, judged))
            if options.wait:
                place.secrets.get(chosen.name)  # no secret, no keyring: said before a job is made
            await folder.journal.settle()
            await folder.custody.claim()
            try:
                queued = await batches.queue(request, judged, folder.target(chosen))
            except Repeated as repeated:
                return BatchReport(rows, repeats=repeated.repeats)
            place.profiles.use(chosen.name)
            return await _follow(folder, options, request.table, queued, stop)

    return run(work)


async def _follow(
    folder: Folder, options: BatchOptions, table: Table, queued: Queued, stop: asyncio.Event
) -> BatchReport:
    """Write the outcome file, send and wait where asked, and say how the jobs stand."""
    sender = folder.sender(only=frozenset(job.job_id for job in queued.jobs))
    sent_by_someone = folder.someone_sends()
    views = _views(folder, sender, queued.jobs, sent_by_someone=sent_by_someone)
    trouble = _write_results(options.results, table, views)
    if options.wait:

        def unfinished() -> Iterator[TriggerJob]:
            return _unfinished(folder, queued.batch)

        await send_and_wait(folder, sender, unfinished, stop, watch_s=WATCH_S)
        ended = folder.ledger.jobs(JobFilter(batch=queued.batch))[::-1]
        views = _views(folder, sender, ended, sent_by_someone=True)
        trouble = _write_results(options.results, table, views)
    return BatchReport(
        len(table.rows), queued.batch, tuple(views), repeats=queued.repeats, trouble=trouble
    )


def _request(options: BatchOptions) -> BatchRequest:
    try:
        with options.file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        table = read_table(raw)
    except OSError as error:
        raise BadInput(f"{options.file} cannot be read: {error.strerror or error}") from error
    except BadInput as error:
        raise BadInput(f"{options.file}: {error}", error.field) from error
    return BatchRequest(
        workflow_id=options.workflow_id,
        table=table,
        digest=hashlib.sha256(raw).hexdigest(),
        file_name=options.file.name.encode("utf-8", "replace").decode("utf-8"),
        maps=options.maps,
        priority=options.priority,
        metadata=options.metadata,
        reason=options.reason,
        again=options.again,
    )


def _refuse_place(results: Path, file: Path, place: Place) -> None:
    """Raise BadInput where the outcome file would hide something or cannot stand."""
    at = results.resolve()
    if at == file.resolve():
        raise BadInput(f"--results {results} is the file that is read; name another", "results")
    if at.is_relative_to(place.paths.data_dir.resolve()):
        raise BadInput(f"--results {results} lies in the data folder; choose another", "results")
    if at.is_dir() or not at.parent.is_dir():
        raise BadInput(f"--results {results}: name a file in a folder that exists", "results")


def _would(request: BatchRequest, judged: Judged) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "row": row.number,
            "workflowId": payload.workflow_id,
            "priority": payload.priority,
            "context": dict(payload.context),
            "metadata": dict(payload.metadata),
        }
        for row, payload in zip(request.table.rows, judged.payloads, strict=True)
    )


def _unfinished(folder: Folder, batch: str) -> Iterator[TriggerJob]:
    """The batch's jobs that may still move, a page at a time."""
    wanted = JobFilter(states=OPEN, batch=batch)
    offset = 0
    while page := folder.ledger.jobs(wanted, offset, _PAGE):
        yield from page
        offset += _PAGE


def _views(
    folder: Folder, sender: Sender, jobs: Sequence[TriggerJob], *, sent_by_someone: bool
) -> list[dict[str, Any]]:
    now, lane = folder.clock.now(), sender.lane(jobs[0].profile)
    return [job_view(job, lane, now, sender=sent_by_someone) for job in jobs]


def _write_results(path: Path | None, table: Table, views: list[dict[str, Any]]) -> str:
    """Write one line a row, in the form of the file that was read; returns what went wrong."""
    if path is None:
        return ""
    lines = (
        _line((*row.cells, row.number, *(view[key] or "" for key in RESULT_COLUMNS[1:])), table)
        for row, view in zip(table.rows, views, strict=True)
    )
    head = _line((*table.header, *RESULT_COLUMNS), table)
    try:
        write_whole(path, lines, b"\xef\xbb\xbf" + head if table.bom else head)
    except (BadInput, EnvironmentProblem) as error:
        return str(error)  # the jobs are queued all the same: the command goes on and says so
    return ""


def _line(cells: Iterable[object], table: Table) -> bytes:
    line = io.StringIO()
    safe = [harmless(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(line, delimiter=table.delimiter).writerow(safe)
    return line.getvalue().encode("utf-8", "backslashreplace")
