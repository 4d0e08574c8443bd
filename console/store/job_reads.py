"""What is asked of the queue: single indexed queries on a connection of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw

from console.domain.job import InLine, JobEvent, JobState, Standing, TriggerJob
from console.domain.job_filter import Earlier, JobFilter
from console.store.database import told
from console.store.job_rows import SELECT, event_from_row, from_row, micros, moment

if TYPE_CHECKING:
    from console.domain.metrics import Figures

_QUEUED_WORKFLOWS: Final = """
    WITH RECURSIVE w(id) AS (
        SELECT min(workflow_id) FROM jobs WHERE state = 'queued' AND profile = ?
        UNION ALL
        SELECT (SELECT min(workflow_id) FROM jobs
                WHERE state = 'queued' AND profile = ? AND workflow_id > w.id)
        FROM w WHERE w.id IS NOT NULL
    )
    SELECT id FROM w WHERE id IS NOT NULL
"""
"""The workflows with queued jobs, by jumping along the index instead of reading it whole."""


class JobReads:
    """The reading half of `services.ports.Ledger`."""

    def __init__(self, connection: apsw.Connection, path: Path) -> None:
        self._reading = connection
        self._path = path
        self._only: frozenset[str] = frozenset()
        # A set of any size is asked row by row: a list of ids would be built anew in every query.
        connection.create_scalar_function("is_chosen", self._is_chosen, 1)

    def close(self) -> None:
        """Close the connection."""
        self._reading.close()

    def job(self, job_id: str) -> TriggerJob | None:
        """The job of this id, or None."""
        return self._one(f"{SELECT} WHERE job_id = ?", (job_id,))

    def job_by_number(self, number: int) -> TriggerJob | None:
        """The job shown as J-`number`, or None."""
        return self._one(f"{SELECT} WHERE number = ?", (number,))

    def job_by_key(self, profile: str, key: str) -> TriggerJob | None:
        """The job that was queued under this key, or None."""
        return self._one(f"{SELECT} WHERE profile = ? AND key = ?", (profile, key))

    def jobs(
        self, wanted: JobFilter, offset: int = 0, limit: int | None = None
    ) -> list[TriggerJob]:
        """Jobs of `wanted`, newest first."""
        where, values = _where(wanted)
        count = -1 if limit is None else limit
        return self._many(
            f"{SELECT}{where} ORDER BY number DESC LIMIT ? OFFSET ?", (*values, count, offset)
        )

    def count_jobs(self, wanted: JobFilter) -> int:
        """How many jobs `wanted` names."""
        where, values = _where(wanted)
        # Left to itself SQLite counts along the ids' index, three times as many pages as this one.
        by = "" if where else " INDEXED BY jobs_state"
        return int(self._read(f"SELECT count(*) FROM jobs{by}{where}", values)[0][0])

    def counts_by_state(self, profile: str | None = None) -> dict[JobState, int]:
        """How many jobs stand in each state; states without a job are left out."""
        where = "" if profile is None else " WHERE profile = ?"
        rows = self._read(
            f"SELECT state, count(*) FROM jobs{where} GROUP BY state",
            () if profile is None else (profile,),
        )
        return {JobState(row[0]): int(row[1]) for row in rows}

    def ready(
        self,
        profile: str,
        limit: int,
        now: datetime,
        fingerprint: str | None = None,
        only: frozenset[str] | None = None,
    ) -> list[InLine]:
        """See `services.ports.Ledger.ready`; walks the index from workflow to workflow."""
        self._only = only or frozenset()
        found: list[InLine] = []
        at = micros(now)
        for (workflow_id,) in self._read(_QUEUED_WORKFLOWS, (profile, profile)):
            found += map(
                InLine._make,
                self._read_at_once(
                    InLine._fields,
                    "WHERE state = 'queued' AND profile = ? AND workflow_id = ? "
                    "AND (not_before IS NULL OR not_before <= ?) "
                    "AND (send_before IS NULL OR send_before > ?) "
                    "AND (approval_required = 0 OR approved_by IS NOT NULL) "
                    "AND (? IS NULL OR fingerprint = ?) "
                    "AND (? OR is_chosen(job_id)) "
                    "ORDER BY priority, number LIMIT ?",
                    (profile, workflow_id, at, at, fingerprint, fingerprint, only is None, limit),
                ),
            )
        return sorted(found)

    def earlier(
        self, profile: str, content_hashes: Sequence[str], since: datetime
    ) -> dict[str, Earlier]:
        """See `services.ports.Ledger.earlier`; max() makes SQLite take its row's other columns."""
        rows = self._read(
            "SELECT content_hash, job_id, number, state, max(queued_at) "
            "FROM json_each(?) AS asked CROSS JOIN jobs ON content_hash = asked.value "
            "WHERE profile = ? AND queued_at >= ? GROUP BY content_hash",
            (json.dumps(list(content_hashes)), profile, micros(since)),
        )
        return {
            str(row[0]): Earlier(str(row[1]), f"J-{row[2]}", JobState(row[3]), moment(row[4]))
            for row in rows
        }

    def next_scheduled(self, profile: str, now: datetime) -> datetime | None:
        """The next time after `now` for which a queued job is scheduled."""
        rows = self._read(
            "SELECT min(not_before) FROM jobs WHERE state = 'queued' AND profile = ? "
            "AND not_before > ?",
            (profile, micros(now)),
        )
        return None if rows[0][0] is None else moment(rows[0][0])

    def waiting(self, profile: str) -> list[TriggerJob]:
        """Jobs of `profile` in waiting, in order of arrival."""
        return self._many(
            f"{SELECT} WHERE state = 'waiting' AND profile = ? ORDER BY number", (profile,)
        )

    def pending(self, profile: str) -> list[TriggerJob]:
        """Jobs of `profile` in sending or waiting, in order of arrival."""
        return self._many(
            f"{SELECT} WHERE state IN ('sending', 'waiting') AND profile = ? ORDER BY number",
            (profile,),
        )

    def uncompleted(self, profile: str, limit: int = 2000) -> list[Standing]:
        """Accepted jobs whose instance has not been seen to end, newest first."""
        return self._standings(
            "WHERE state = 'accepted' AND completed_at IS NULL AND profile = ? "
            "ORDER BY number DESC LIMIT ?",
            (profile, limit),
        )

    def standings(self, job_ids: Iterable[str]) -> list[Standing]:
        """See `services.ports.Ledger.standings`."""
        ids = json.dumps(list(job_ids))
        return self._standings("WHERE job_id IN (SELECT value FROM json_each(?))", (ids,))

    def unsettled(self, profile: str, since: datetime) -> list[str]:
        """Workflows with jobs in review, or failed after a byte was sent, changed after `since`."""
        newest = (
            "SELECT workflow_id, profile, changed_at, state = 'review' OR may_have_run AS open "
            "FROM jobs WHERE state = ? ORDER BY number DESC LIMIT 2000"
        )
        rows = self._read(
            f"SELECT DISTINCT workflow_id FROM (SELECT * FROM ({newest}) UNION ALL "
            f"SELECT * FROM ({newest})) WHERE profile = ? AND changed_at > ? AND open "
            "ORDER BY workflow_id",
            ("review", "failed", profile, micros(since)),
        )
        return [str(row[0]) for row in rows]

    def profiles_seen(self) -> list[str]:
        """Every profile that ever had a job or a stopped line here."""
        rows = self._read(
            "SELECT profile FROM jobs UNION "
            "SELECT substr(name, 6) FROM lasting WHERE name LIKE 'stop:%'",
            (),
        )
        return [str(row[0]) for row in rows]

    def profiles(self) -> list[str]:
        """Profiles that have unfinished jobs."""
        rows = self._read(
            "SELECT DISTINCT profile FROM jobs WHERE state IN ('queued', 'sending', 'waiting')",
            (),
        )
        return [str(row[0]) for row in rows]

    def history(self, job_id: str) -> list[JobEvent]:
        """The job's events, oldest first."""
        rows = self._read(
            "SELECT job_id, at, kind, text, detail FROM events WHERE job_id = ? ORDER BY id",
            (job_id,),
        )
        return [event_from_row(row) for row in rows]

    def value(self, name: str) -> str | None:
        """A lasting value, or None."""
        rows = self._read("SELECT value FROM lasting WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def values_under(self, prefix: str) -> dict[str, str]:
        """Every lasting value whose name begins with `prefix`."""
        rows = self._read(
            "SELECT name, value FROM lasting WHERE name >= ? AND name < ?",
            (prefix, prefix + chr(0x10FFFF)),
        )
        return {str(row[0]): str(row[1]) for row in rows}

    def figures(self, workflow_id: str | None = None) -> list[Figures]:
        """The tutorial's figures of each workflow (or one) that has finished jobs."""
        where = "" if workflow_id is None else " AND workflow_id = ?"
        rows = self._read(
            "SELECT workflow_id, latency_ms, state = 'accepted' FROM jobs "
            f"WHERE state IN ('accepted', 'failed') AND latency_ms IS NOT NULL{where} "
            "ORDER BY workflow_id, latency_ms",
            () if workflow_id is None else (workflow_id,),
        )
        from console.domain.metrics import figures_of

        return figures_of((str(row[0]), float(row[1]), bool(row[2])) for row in rows)

    def _standings(self, which: str, values: tuple[Any, ...]) -> list[Standing]:
        rows = self._read_at_once(Standing._fields, which, values)
        return [Standing._make((*row[:4], JobState(row[4]), *row[5:])) for row in rows]

    def _is_chosen(self, *values: Any) -> bool:
        return values[0] in self._only

    def _one(self, sql: str, values: tuple[Any, ...]) -> TriggerJob | None:
        found = self._many(sql, values)
        return found[0] if found else None

    def _many(self, sql: str, values: tuple[Any, ...]) -> list[TriggerJob]:
        return [from_row(row) for row in self._read(sql, values)]

    def _read_at_once(
        self, columns: Sequence[str], which: str, values: tuple[Any, ...]
    ) -> list[list[Any]]:
        """Rows of texts and numbers from `jobs`, in one step.

        SQLite gives up Python's lock at every step, and the window waits until it has it again.
        """
        listed = ", ".join(columns)
        rows = self._read(
            f"SELECT json_group_array(json_array({listed})) FROM (SELECT {listed} FROM jobs {which})",
            values,
        )
        found: list[list[Any]] = json.loads(rows[0][0])
        return found

    def _read(self, sql: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
        with told(self._path):
            return list(self._reading.execute(sql, tuple(values)))


# Named indexes: without statistics SQLite would walk every queued job instead.
_NEEDS_PERSON: Final = (
    "number IN (SELECT number FROM jobs WHERE state = 'review' "
    "UNION SELECT number FROM jobs INDEXED BY jobs_unapproved "
    "WHERE state = 'queued' AND approval_required = 1 AND approved_by IS NULL "
    "UNION SELECT number FROM jobs INDEXED BY jobs_send_before "
    "WHERE state = 'queued' AND send_before <= ?)"
)


def _where(wanted: JobFilter) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    values: list[Any] = []
    if wanted.states is not None:
        states = sorted(wanted.states)
        parts.append(f"state IN ({', '.join('?' for _ in states)})")
        values += [str(state) for state in states]
    if wanted.workflow_id is not None:
        parts.append("workflow_id = ?")
        values.append(wanted.workflow_id)
    if wanted.profile is not None:
        parts.append("profile = ?")
        values.append(wanted.profile)
    if wanted.batch is not None:
        parts.append("batch = ?")
        values.append(wanted.batch)
    if wanted.person_at is not None:
        parts.append(_NEEDS_PERSON)
        values.append(micros(wanted.person_at))
    if wanted.text:
        like = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        columns = (
            "job_id",
            "'J-' || number",
            "workflow_id",
            "workflow_title",
            "operator",
            "operator_reason",
            "ifnull(instance_id, '')",
            "reason",
        )
        parts.append("(" + " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns) + ")")
        values += [like] * len(columns)
    return (" WHERE " + " AND ".join(parts) if parts else ""), tuple(values)
