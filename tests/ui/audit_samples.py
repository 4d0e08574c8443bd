"""Trails for the audit panel's tests, and the panel on a fake desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.domain.audit import record_line
from console.ui.desk_bridge import DeskBridge
from console.ui.models.records import COLUMNS
from console.ui.panels.audit_panel import AuditPanel

START = datetime(2026, 11, 19, 7, 0, tzinfo=UTC)


def record(number, event_type="WORKFLOW_TRIGGERED", **payload):
    values = {
        "workflowId": "wf_refund",
        "jobId": f"job-{number // 3}",
        "instanceId": f"inst-{number // 3}",
        "operator": "op-north" if number % 2 else "op-south",
        "reason": "ticket 4711",
        **payload,
    }
    at = START + timedelta(seconds=number)
    return record_line(at, event_type, values).rstrip(b"\n")


def records(count):
    return [record(number) for number in range(count)]


def edited(line):
    return line.replace(b"ticket 4711", b"ticket 4712")


def shown(desk, bridge, qtbot):
    door = DeskBridge(desk)
    result = AuditPanel(door, bridge)
    door.setParent(result)
    qtbot.addWidget(result)
    result.resize(1300, 800)
    result.show()
    qtbot.waitExposed(result)
    return result


def chosen(panel, qtbot, position):
    panel.go_to(position)
    qtbot.waitUntil(
        lambda: panel.record.detail is not None and panel.record.detail.row.position == position
    )
    return panel.record


def badge(panel):
    return panel.summary.word


def column(name):
    return COLUMNS.index(name)


def wanted(desk):
    return [asked[1] for asked in desk.asked if asked[0] == "filter"]
