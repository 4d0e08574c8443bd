"""The guided tour goes through the real window on the real simulator, and leaves a proven trail."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest

FAST_DAY = Path(__file__).parent.parent / "data" / "fast-day.json"
TUTORIAL = "wf_12345678-abcd-efgh-ijkl-1234567890ab"


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tour")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CXONE_CONSOLE_")}
    command = [sys.executable, "-m", "console", "--data-dir", str(folder / "data"), "demo"]
    done = subprocess.run(
        [*command, "--headless-tour", str(folder / "pictures"), "--scenario", str(FAST_DAY)],
        env={**environment, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder


def records(folder: Path) -> list[dict[str, Any]]:
    found = []
    for file in sorted((folder / "data" / "audit").glob("workflow_audit_*.jsonl")):
        found += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return found


def test_every_station_leaves_a_numbered_picture(toured: Path) -> None:
    pictures = sorted((toured / "pictures").glob("*.png"))
    assert [picture.name[:2] for picture in pictures] == [
        f"{number:02d}" for number in range(1, len(pictures) + 1)
    ]
    assert len(pictures) >= 10
    assert all(picture.stat().st_size > 5_000 for picture in pictures)


def test_what_was_typed_into_the_form_is_what_was_sent(toured: Path) -> None:
    database = apsw.Connection(str(toured / "data" / "console.db"))
    row = database.execute("SELECT payload, salt FROM jobs WHERE workflow_id = ?", (TUTORIAL,)).get
    database.close()
    body = {
        "workflowId": TUTORIAL,
        "priority": 2,
        "context": {
            "customerId": "CUST-99887",
            "priorityScore": 85,
            "requiresCallback": True,
            "routingMetadata": {"channel": "voice", "queue": "sales"},
        },
        "metadata": {"sourceSystem": "erp_sync_module", "batchId": "BATCH-001"},
    }
    assert json.loads(row[0]) == body
    digest = hashlib.sha256(row[1] + json.dumps(body, sort_keys=True).encode()).hexdigest()
    queued = [r["payload"] for r in records(toured) if r["event_type"] == "TRIGGER_QUEUED"]
    assert digest in [payload["contextDigest"] for payload in queued]


def test_the_job_is_followed_from_queued_to_completed_by_one_record_each(toured: Path) -> None:
    mine = [
        record["event_type"]
        for record in records(toured)
        if record["payload"].get("workflowId") == TUTORIAL and "jobId" in record["payload"]
    ]
    assert mine == ["TRIGGER_QUEUED", "WORKFLOW_TRIGGERED", "WORKFLOW_COMPLETED"]


def test_every_record_holds_by_the_tutorials_own_rule_and_names_no_customer(toured: Path) -> None:
    found = records(toured)
    assert len(found) > 8
    for record in found:
        text = json.dumps(record["payload"], sort_keys=True).encode("utf-8")
        assert record["compliance_hash"] == hashlib.sha256(text).hexdigest()
    assert "CUST-99887" not in json.dumps(found)


def test_start_and_orderly_end_of_the_console_are_on_record(toured: Path) -> None:
    types = [record["event_type"] for record in records(toured)]
    assert types[:2] == ["AUDIT_FILE_OPENED", "CONSOLE_STARTED"]
    assert types[-1] == "CONSOLE_STOPPED"
