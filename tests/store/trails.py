"""What the tests of the trail's reader share: two small days, and short ways to ask."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.domain.audit import record_line
from console.store.trail_reader import TrailReader

TUTORIAL = Path(__file__).parents[1] / "data" / "tutorial_trail"


AT = datetime(2026, 6, 1, 7, tzinfo=UTC)
DAY1, DAY2, DAY3 = (f"workflow_audit_2026060{day}.jsonl" for day in (1, 2, 3))


def line(number, **payload):
    return record_line(
        AT + timedelta(minutes=number), "WORKFLOW_TRIGGERED", {"jobId": f"job-{number}"} | payload
    )


def counted(path):
    trail = TrailReader.open(path)
    trail.count()
    return trail


def jobs(rows):
    return [row.job_id for row in rows]
