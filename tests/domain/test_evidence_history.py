"""What of a job's history goes out: our own words, and of a server's words their digest."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.domain import evidence
from console.domain.audit_opening import FileStatement
from console.domain.audit_view import EVERYTHING, RecordFilter
from console.domain.evidence import Places, disclosed_jobs, kept_sizes, known_name, parse_places
from console.domain.evidence_facts import Facts, Spans
from console.domain.evidence_history import history_lines, selected
from console.domain.job import FoundBy, JobEvent, TriggerJob
from console.domain.payload import TriggerPayload
from console.domain.records import text_digest
from console.domain.tlog.errors import Malformed

AT = datetime(2026, 6, 1, 7, tzinfo=UTC)
CANARY = "CUST-CANARY"


def job(**more):
    made = TriggerJob(
        job_id="j-1",
        profile="north",
        fingerprint="f",
        payload=TriggerPayload("wf", {"customerId": CANARY}),
        operator="op-north",
        operator_reason="ticket 4711",
        salt=b"s" * 16,
        queued_at=AT,
        number=7,
        error_text=f"customerId {CANARY} is unknown",
        error_field=CANARY,
        reason=f"Refused: {CANARY}",
        found_by=FoundBy.ANSWER,
    )
    return replace(made, **more)


EVENTS = [
    JobEvent("j-1", AT, "queued", "Queued by op-north"),
    JobEvent("j-1", AT, "attempt", "Attempt 1 of 3", {"attempt": 1}),
    JobEvent("j-1", AT, "failed", f"Refused: {CANARY}", {"code": "rejected", "status": 422}),
    JobEvent("j-1", AT, "ended", f"Instance ended: {CANARY}", {"status": CANARY}),
    JobEvent("j-1", AT, "new-kind", CANARY, {"other": CANARY}),
]


def test_what_a_server_said_goes_out_as_its_digest_alone():
    raw = history_lines([(job(), EVENTS)])
    assert CANARY.encode() not in raw
    told = json.loads(raw)
    assert (told["job"], told["operatorReason"], told["foundBy"]) == (
        "J-7",
        "ticket 4711",
        "answer",
    )
    assert told["errorTextSha256"] == text_digest(job().error_text)
    kinds = {event["kind"]: event for event in told["events"]}
    assert kinds["attempt"]["text"] == "Attempt 1 of 3"
    assert kinds["attempt"]["attempt"] == 1
    assert (kinds["failed"]["code"], kinds["failed"]["status"]) == ("rejected", 422)
    assert kinds["failed"]["textSha256"] == text_digest(f"Refused: {CANARY}")
    assert (kinds["ended"]["status"], kinds["new-kind"]["otherSha256"]) == (
        "other",
        text_digest(CANARY),
    )


def test_a_job_whose_values_are_disclosed_goes_out_with_the_servers_words():
    told = json.loads(history_lines([(job(), EVENTS)], frozenset({"j-1"})))
    assert told["errorText"] == job().error_text
    assert [event["text"] for event in told["events"]] == [event.text for event in EVENTS]
    assert told["events"][3]["status"] == CANARY


def test_jobs_stand_in_the_order_of_their_arrival():
    raw = history_lines([(job(number=9, error_text=""), []), (job(number=2), [])])
    assert [json.loads(line)["job"] for line in raw.splitlines()] == ["J-2", "J-9"]


def test_the_digest_of_a_job_is_that_of_salt_and_disclosed_text():
    import hashlib

    payload = job().payload
    text = payload.digested().encode()
    assert hashlib.sha256(b"s" * 16 + text).hexdigest() == payload.digest(b"s" * 16)


def test_what_was_chosen_is_said_in_words_that_hide_nothing():
    assert selected(EVERYTHING) == "all records"
    wanted = RecordFilter(job_id="j\u202e1", event_types=frozenset({"B", "A"}), since=AT)
    assert selected(wanted, 5) == (
        "type A, B; job j[U+202E]1; since 2026-06-01T07:00:00+00:00; the newest 5"
    )


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"1\ta\t1", "does not end"),
        (b"1\ta\n", "is not: index, file, line"),
        (b"01\ta\t1\n", "leading zeros"),
        (b"1\ta\t-1\n", "leading zeros"),
        (b"2\ta\t1\n1\ta\t2\n", "do not rise"),
        (b"1\ta\t1\n1\ta\t2\n", "do not rise"),
        (b"1\t../a\t1\n", "names no file"),
        (b"1\ta\t0\n", "names no file"),
        (b"1\t-\t3\n", "names no file"),
        ("1\té\t1\n".encode(), "more than ASCII"),
    ],
)
def test_places_that_could_be_read_in_two_ways_are_refused(raw, says):
    with pytest.raises(Malformed, match=says):
        parse_places(raw, "records.tsv")


def test_places_read_back_as_they_were_written(monkeypatch):
    places = Places()
    places.add(3, "a.jsonl", 4)
    places.add(9, *evidence.named("\u202e", 4))
    raw = b"".join(places.to_lines())
    assert raw == b"3\ta.jsonl\t4\n9\t-\t0\n"
    assert b"".join(parse_places(raw, "x").to_lines()) == raw
    assert b"".join(parse_places(b"", "x").to_lines()) == b""
    monkeypatch.setattr(evidence, "MAX_RECORDS", 1)
    with pytest.raises(Malformed, match="line 2"):
        parse_places(raw, "x")


def test_members_have_one_way_to_be_named():
    assert all(
        known_name(name)
        for name in ("README.txt", "proof/0.tlog-proof", "seals/checkpoint.5", "disclosed/a-1.salt")
    )
    assert not any(
        known_name(name)
        for name in (
            "readme.txt",
            "proof/00.tlog-proof",
            "seals/checkpoint.05",
            "disclosed/.x.salt",
        )
    )
    assert evidence.disclosed_name("../x", "salt") is None
    assert kept_sizes(["seals/checkpoint.10", "seals/checkpoint.9", "seals/consistency.9"]) == [
        9,
        10,
    ]
    assert disclosed_jobs(["disclosed/b.salt", "disclosed/a.body", "disclosed/b.body"]) == [
        "a",
        "b",
    ]


def test_a_place_is_confirmed_contradicted_or_not_spoken_of():
    spans = Spans({5: FileStatement("a", 5, 100, "00"), 12: FileStatement("b", 7, 100, "00")})
    assert spans.agrees(0, "a", 1)
    assert spans.agrees(11, "b", 7)
    assert spans.agrees(4, "-", 0)
    assert spans.agrees(4, "b", 5) is False
    assert spans.agrees(4, "a", 4) is False
    assert spans.agrees(20, "a", 4) is False
    assert spans.agrees(20, "c", 4) is None


def test_only_records_that_speak_of_the_trail_are_read_as_such():
    facts = Facts()
    for raw in (b'"AUDIT_ nonsense', b'{"payload": ["AUDIT_"], "compliance_hash": ""}', b"other"):
        facts.read(0, raw)
    assert facts == Facts()
