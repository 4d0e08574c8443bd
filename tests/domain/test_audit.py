"""One line of the trail: written so that the tutorial's rule confirms it, judged as it judges."""

import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.domain.audit import (
    EventType,
    UnfitPayload,
    Verdict,
    canonical,
    check_line,
    compliance_hash,
    hash_holds,
    read_timestamp,
    record_line,
)

AT = datetime(2026, 6, 1, 7, 0, 59, 544932, tzinfo=UTC)


def tutorial_says(raw):
    """The tutorial's rule written down on its own: True, False, or None where it cannot read."""
    allowed = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)  # Python as it comes
    try:
        record = json.loads(raw.decode("utf-8"))
        text = json.dumps(record["payload"], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8")).hexdigest() == record["compliance_hash"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    finally:
        sys.set_int_max_str_digits(allowed)


SAYS = {Verdict.INTACT: True, Verdict.EDITED: False, Verdict.UNREADABLE: None}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
payloads = st.dictionaries(texts, values, max_size=6)


@given(payloads, texts)
def test_what_is_written_reads_back_the_same_and_the_tutorial_confirms_it(payload, event_type):
    line = record_line(AT, event_type, payload)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    record = json.loads(line)
    assert list(record) == ["timestamp", "event_type", "payload", "compliance_hash"]
    assert (record["payload"], record["event_type"]) == (payload, event_type)
    assert tutorial_says(line) is True
    assert check_line(line).verdict is Verdict.INTACT


@given(payloads)
def test_a_line_is_what_the_tutorials_logger_would_write_for_a_sorted_payload(payload):
    line = record_line(AT, "WORKFLOW_TRIGGERED", payload)
    sorted_payload = json.loads(json.dumps(payload, sort_keys=True))
    tutorial = {
        "timestamp": AT.isoformat(),
        "event_type": "WORKFLOW_TRIGGERED",
        "payload": sorted_payload,
        "compliance_hash": hashlib.sha256(
            json.dumps(payload, sort_keys=True).encode("utf-8")
        ).hexdigest(),
    }
    assert line == (json.dumps(tutorial) + "\n").encode("utf-8")


def test_the_hash_is_that_of_a_slice_of_the_line_itself():
    payload = {"b": [{"z": 1, "a": "é"}], "a": 1.5}
    line = record_line(AT, "X", payload).decode()
    piece = line[line.index('"payload": ') + 11 : line.index(', "compliance_hash"')]
    assert piece == canonical(payload) == '{"a": 1.5, "b": [{"a": "\\u00e9", "z": 1}]}'
    assert compliance_hash(payload) == hashlib.sha256(piece.encode()).hexdigest()


def test_a_timestamp_is_utc_with_microseconds_even_at_the_full_second():
    at = datetime(2026, 6, 1, 9, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert b'"timestamp": "2026-06-01T07:00:00.000000+00:00"' in record_line(at, "X", {})


def test_a_time_without_a_zone_is_a_bug_of_ours():
    with pytest.raises(ValueError, match="time zone"):
        record_line(datetime(2026, 6, 1), "X", {})  # noqa: DTZ001 - that is the point


def deep(levels):
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({1: "a"}, "no text"),
        ({"a": {None: 1}}, "no text"),
        ({"a": float("nan")}, "NaN"),
        ({"a": [float("inf")]}, "Infinity"),
        ({"a": float("-inf")}, "Infinity"),
        ({"a": "\ud800"}, "Half a character"),
        ({"\udc00": 1}, "Half a character"),
        ({"a": (1, 2)}, "tuple"),
        ({"a": {1, 2}}, "set"),
        ({"a": b"bytes"}, "bytes"),
        ({"a": AT}, "datetime"),
        ({"a": 10**4300}, "over 4300 digits"),
        ({"a": -(10**5000)}, "over 4300 digits"),
        (deep(201), "deeper than 200"),
    ],
)
def test_a_payload_that_the_rule_could_not_confirm_is_refused_with_its_reason(payload, words):
    with pytest.raises(UnfitPayload, match=words):
        record_line(AT, "X", payload)


def test_an_event_type_with_half_a_character_is_refused():
    with pytest.raises(UnfitPayload, match="event_type"):
        record_line(AT, "\ud800", {})


def test_the_longest_number_that_python_reads_unasked_is_fit():
    assert tutorial_says(record_line(AT, "X", {"a": 10**4300 - 1, "b": -(10**4300 - 1)})) is True


def test_nesting_up_to_the_limit_and_words_of_our_own_are_fit():
    line = record_line(AT, EventType.CLOCK_CHANGED, deep(190) | {"type": EventType.ERP_SYNCED})
    assert tutorial_says(line) is True


GOOD = record_line(AT, "WORKFLOW_TRIGGERED", {"priority": 5, "instanceId": "i-1", "é": [1, None]})


def hashed(payload_text, extra=""):
    """A line whose hash is right for what Python reads from `payload_text`."""
    digest = compliance_hash(json.loads(payload_text))
    return f'{{"payload": {payload_text}, "compliance_hash": "{digest}"{extra}}}'.encode()


HOSTILE = [
    (b"", None),
    (b"\n", None),
    (b"null", None),
    (b"[]", None),
    (b'"payload"', None),
    (b"{}", None),
    (b'{"payload": {}}', None),
    (b'{"compliance_hash": ""}', None),
    (b"not json", None),
    (b"\xff\xfe{}", None),
    (b"\0" * 50, None),
    (GOOD[:-1] + b"\0", None),
    (b"\xef\xbb\xbf" + GOOD, None),
    (GOOD[:-2], None),
    (GOOD + GOOD, None),
    (GOOD.decode().encode("utf-16"), None),
    (b"[" * 100_000, None),
    (b"[" * 100_000 + b"]" * 100_000, None),
    (b'{"payload": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, None),
    (hashed("9" * 4301), None),
    (hashed('{"a": -' + "9" * 5000 + "}"), None),
    (hashed("-" + "9" * 4300), True),
    (hashed('{"a": "' + "9" * 5000 + '"}'), True),
    (hashed('{"a": 0.' + "9" * 5000 + "}"), True),
    (hashed("9" * 5000)[:-1], None),
    (hashed('{"a": "' + "9" * 5000 + '", "b": -7}'), True),
    (GOOD[:-1] + b"\r\n", True),
    (b"  \t" + GOOD + b"  ", True),
    (hashed('{"b": 1, "a": 2}'), True),
    (hashed('{"a":1}'), True),
    (hashed("[1, 2]"), True),
    (hashed("null"), True),
    (hashed('{"a": NaN}'), True),
    (hashed('{"a": -Infinity}'), True),
    (hashed('{"a": 1e400}'), True),
    (hashed('{"a": 18446744073709551616}'), True),
    (hashed('{"a": "\\ud800"}'), True),
    (hashed('{"a": 1, "a": 2}'), True),
    (hashed('{"a": "é"}'), True),
    (hashed('{"a": "\\u0000"}'), True),
    (hashed('{"a": -0.0}'), True),
    (hashed('{"a": 1.0}'), True),
    (hashed(json.dumps({"a": "x" * 10_000_000})), True),
    (hashed("1", ', "payload": 1'), True),
    (hashed("1", ', "payload": 2'), False),
    (hashed("1", ', "compliance_hash": null'), False),
    (hashed("1", ', "compliance_hash": ["x"]'), False),
    (b'{"payload": {"a":1}, "compliance_hash": "'
     + hashlib.sha256(b'{"a":1}').hexdigest().encode() + b'"}', False),
    (hashed('{"a": 1}').replace(b'"a": 1', b'"a": 1.0'), False),
    (hashed('{"a": 1}').replace(b'"a": 1', b'"a": true'), False),
    (GOOD.replace(b'"priority": 5', b'"priority": 1'), False),
    (GOOD[:-4].upper() + GOOD[-4:], None),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), HOSTILE, ids=range(len(HOSTILE)))
def test_every_hostile_line_gets_the_tutorials_verdict_and_none_an_exception(raw, expected):
    check = check_line(raw)
    assert SAYS[check.verdict] is tutorial_says(raw)
    assert SAYS[check.verdict] is expected
    assert hash_holds(raw) is (expected is True)
    assert bool(check.why) is (check.verdict is not Verdict.INTACT)


def test_an_upper_case_hash_is_not_the_hash():
    digest = compliance_hash({"a": 1})
    raw = f'{{"payload": {{"a": 1}}, "compliance_hash": "{digest.upper()}"}}'.encode()
    assert check_line(raw).verdict is Verdict.EDITED


def test_a_payload_too_deep_to_be_hashed_is_unreadable(monkeypatch):
    def too_deep(payload):
        raise RecursionError

    monkeypatch.setattr("console.domain.audit.compliance_hash", too_deep)
    assert check_line(GOOD).verdict is Verdict.UNREADABLE


@given(st.binary(max_size=200))
@example(b'{"payload": 1, "compliance_hash": 2}')
def test_any_bytes_get_the_tutorials_verdict(raw):
    assert SAYS[check_line(raw).verdict] is tutorial_says(raw)
    assert hash_holds(raw) is (tutorial_says(raw) is True)


@given(payloads, st.data())
def test_a_line_with_bytes_changed_anywhere_gets_the_tutorials_verdict(payload, data):
    line = bytearray(record_line(AT, "WORKFLOW_TRIGGERED", payload))
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    assert SAYS[check_line(bytes(line)).verdict] is tutorial_says(bytes(line))
    assert hash_holds(bytes(line)) is (tutorial_says(bytes(line)) is True)


@given(payloads, st.data())
def test_no_change_within_payload_or_hash_is_called_intact_unless_it_means_the_same(payload, data):
    line = record_line(AT, "WORKFLOW_TRIGGERED", payload)
    begin = line.index(b'"payload": ') + 11
    at = data.draw(st.integers(begin, len(line) - 4))
    changed = line[:at] + bytes([data.draw(st.integers(0, 255))]) + line[at + 1 :]
    check = check_line(changed)
    assert hash_holds(changed) is (check.verdict is Verdict.INTACT)
    if check.verdict is Verdict.INTACT:
        assert check.record is not None
        assert canonical(check.record["payload"]) == canonical(payload)
        assert check.record["compliance_hash"] == compliance_hash(payload)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01T07:00:59.544932+00:00", AT),
        ("2026-06-01T09:00:59.544932+02:00", AT),
        ("2026-06-01T07:00:59.544932", AT),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
        ("2" * 100, None),
        (None, None),
        (20260601, None),
    ],
)
def test_a_timestamp_is_read_as_utc_or_not_at_all(text, expected):
    assert read_timestamp({"timestamp": text}) == expected


def test_the_tutorials_own_three_event_types_come_first():
    assert [str(kind) for kind in EventType][:3] == [
        "WORKFLOW_TRIGGERED",
        "WORKFLOW_TRIGGER_FAILED",
        "WORKFLOW_COMPLETED",
    ]
