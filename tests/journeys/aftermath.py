"""What must hold in a data folder whatever happened to the process that worked on it."""

from __future__ import annotations

import os
from collections import Counter
from unittest.mock import patch

import apsw

from console.app.audit import Asked, verify
from console.app.queue import Drained, run_queue
from tests import naive_seal
from tests.journeys.program import Program
from tests.journeys.strict_tenant import StrictTenant


def jobs(console: Program) -> dict[str, str]:
    """The state of each job, in the queue's order; read without the program."""
    if not (console.data_dir / "console.db").exists():
        return {}
    database = apsw.Connection(str(console.data_dir / "console.db"))
    try:
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'jobs'").get:
            return {}
        rows = database.execute("SELECT job_id, state FROM jobs ORDER BY number")
        return {str(job_id): str(state) for job_id, state in rows}
    finally:
        database.close()


def drain(console: Program) -> Drained:
    """`queue run --until-idle` in this process, which has everything imported."""
    with patch.dict(os.environ, console.settings):
        return run_queue(str(console.data_dir), None, until_idle=True)


def assert_whole(console: Program, tenant: StrictTenant) -> None:
    """Every job accepted, one instance and one record each, in order, and the trail intact and sealed."""
    stood = jobs(console)
    assert set(stood.values()) <= {"accepted"}, stood
    ids = list(stood)
    assert Counter(tenant.job_ids()) == Counter(ids)
    records = console.records()
    told = {
        kind: [r["payload"]["jobId"] for r in records if r["event_type"] == kind]
        for kind in ("TRIGGER_QUEUED", "WORKFLOW_TRIGGERED")
    }
    assert told["TRIGGER_QUEUED"] == ids
    assert Counter(told["WORKFLOW_TRIGGERED"]) == Counter(ids)
    if records:
        naive_seal.check(console.data_dir / "audit")
        report = verify(console.data_dir, Asked(), None)
        assert report.intact, report.summary
    assert [*console.data_dir.rglob("*.part"), *console.data_dir.rglob("*.new")] == []
