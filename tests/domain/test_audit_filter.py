"""Which records a search finds: by text as it stands, by field, by time."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.audit import compliance_hash, record_line
from console.domain.audit_filter import LineMatcher
from console.domain.audit_view import EVERYTHING, RecordFilter

AT = datetime(2026, 6, 1, 7, tzinfo=UTC)
PAYLOAD = {
    "workflowId": "wf_1",
    "instanceId": "i-9",
    "jobId": "job-7",
    "operator": "Anna Kareninová",
    "reason": 'said "now" and C:\\temp',
    "priority": 5,
}
LINE = record_line(AT, "WORKFLOW_TRIGGERED", PAYLOAD)[:-1]
# The same record as a program that leaves letters as they are would write it.
RAW = json.dumps(json.loads(LINE), ensure_ascii=False, separators=(",", ":")).encode()


def passes(line, **wanted):
    return LineMatcher(RecordFilter(**wanted)).passes(line)


@pytest.mark.parametrize("line", [LINE, RAW], ids=["escaped", "raw"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wf_1", True),
        ("WF_1", True),
        ("kareninová", True),
        ("KARENINOVÁ", True),
        ("á", True),
        ("Kareninova", False),
        ('said "now"', True),
        ("C:\\temp", True),
        ('"operator"', True),
        ("workflow_triggered", True),
        ("nobody", False),
        ("日本", False),
        (".*", False),
    ],
)
def test_text_is_found_however_the_line_writes_it(line, text, found):
    assert passes(line, text=text) is found


def test_text_is_found_in_lines_that_are_no_records_at_all():
    assert passes(b"\xff\xfe broken needle \0", text="NEEDLE")
    assert passes("weiß 👍".encode(), text="👍")
    assert passes(json.dumps("👍").encode(), text="👍")


@pytest.mark.parametrize("line", [LINE, RAW], ids=["escaped", "raw"])
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"workflow_id": "wf_1"}, True),
        ({"workflow_id": "wf_"}, False),
        ({"workflow_id": "WF_1"}, False),
        ({"instance_id": "i-9", "job_id": "job-7"}, True),
        ({"instance_id": "job-7"}, False),
        ({"operator": "Anna Kareninová"}, True),
        ({"operator": "Anna"}, False),
        ({"event_types": frozenset({"WORKFLOW_TRIGGERED"})}, True),
        ({"event_types": frozenset({"X", "WORKFLOW_TRIGGERED"})}, True),
        ({"event_types": frozenset({"WORKFLOW_COMPLETED"})}, False),
        ({"event_types": frozenset({"WORKFLOW_COMPLETED"}), "workflow_id": "wf_1"}, False),
        ({"since": AT}, True),
        ({"since": AT + timedelta(microseconds=1)}, False),
        ({"until": AT}, False),
        ({"until": AT + timedelta(microseconds=1), "text": "anna"}, True),
        ({"text": "anna", "workflow_id": "other"}, False),
    ],
)
def test_fields_are_exact_and_all_of_them_must_hold(line, wanted, found):
    assert passes(line, **wanted) is found


def test_an_id_that_is_a_number_in_a_foreign_trail_is_found_by_its_digits():
    payload = {"instanceId": 4711, "workflowId": True}
    line = json.dumps({"payload": payload, "compliance_hash": compliance_hash(payload)}).encode()
    assert passes(line, instance_id="4711")
    assert not passes(line, workflow_id="True")
    assert not passes(line, workflow_id="1")


@pytest.mark.parametrize(
    "line",
    [b"", b"wf_1", b'["wf_1"]', b'{"payload": "wf_1"}', b"[" * 100_000 + b"wf_1", b"\xffwf_1"],
)
@pytest.mark.parametrize(
    "wanted",
    [{"workflow_id": "wf_1"}, {"since": AT}, {"event_types": frozenset({"wf_1"})}],
)
def test_lines_that_are_no_records_pass_no_field_and_raise_nothing(line, wanted):
    assert not passes(line, **wanted)


def test_an_event_type_that_is_no_text_matches_nothing():
    assert not passes(b'{"event_type": ["X"], "payload": {}}', event_types=frozenset({"X"}))


def test_a_second_event_type_in_the_line_is_the_one_that_counts_as_in_the_table():
    head = b'{"timestamp": "2026-06-01T07:00:00+00:00", "event_type": "A", "payload": {}'
    line = head + b', "event_type": "B"}'
    assert passes(line, event_types=frozenset({"B"}))
    assert not passes(line, event_types=frozenset({"A"}))


def test_no_filter_lets_everything_pass():
    assert EVERYTHING.everything
    assert not RecordFilter(text="a").everything
    assert LineMatcher(EVERYTHING).passes(b"\0")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8), st.data())
def test_any_part_of_a_value_is_found_in_any_case(value, data):
    line = record_line(AT, "X", {"reason": f"before {value} after"})
    begin = data.draw(st.integers(0, len(value) - 1))
    part = value[begin:]
    assert passes(line, text=part)
    shouted = part.upper()
    if shouted.lower() == part and len(shouted) == len(part):
        assert passes(line, text=shouted)
