"""The quick way over many lines gives the verdict of the slow one on every line, valid or not."""

import hashlib
import json
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.audit import Verdict, check_line, record_line
from console.domain.audit_quick import QuickJudge

AT = datetime(2026, 6, 1, 7, 0, 59, 544932, UTC)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.text(string.printable + '\\"é😀\x7f', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
payloads = st.dictionaries(st.text(max_size=4), values, max_size=6)


def line(payload, *, order=True):
    text = json.dumps(payload, sort_keys=order)
    digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
    head = f'{{"timestamp": "{AT.isoformat()}", "event_type": "X", "payload": '
    return f'{head}{text}, "compliance_hash": "{digest}"}}'.encode()


def with_text(text, digest_of=None):
    """A line whose payload is spelt `text`, with the hash of that very text or of another."""
    digest = hashlib.sha256((digest_of or text).encode()).hexdigest()
    head = f'{{"timestamp": "{AT.isoformat()}", "event_type": "X", "payload": '
    return f'{head}{text}, "compliance_hash": "{digest}"}}'.encode()


def agrees(judge, raw):
    assert judge.holds(raw) is (check_line(raw).verdict is Verdict.INTACT), raw


LEARNED = {"a": "text", "b": 1, "c": 1.5, "d": [1, "x"], "e": {"f": None, "g": [{"h": 2.5}]}}


@pytest.fixture(params=[True, False], ids=["sorted", "unsorted"])
def judge(request):
    """A judge that has learned one shape."""
    judge = QuickJudge()
    payload = LEARNED if request.param else dict(reversed(LEARNED.items()))
    assert judge.holds(line(payload, order=request.param))
    assert len(judge._shapes) == 1
    return judge


SPELLINGS = [
    ("1", "01"), ("1", "-0"), ("1", "1.0"), ("1", "1e0"), ("1", "1E5"), ("1", "+1"), ("1", "- 1"),
    ("1", "18446744073709551616"), ("1", "true"), ("1", "null"), ("1", "NaN"), ("1", "Infinity"),
    ("1", '"\\u0041"'), ("1", '"\\/"'), ("1", '"\\u00E9"'), ("1", '"\\u00e9"'), ("1", '"\\u0008"'),
    ("1", '"\\u007f"'), ("1", '"\\ud800"'), ("1", '"\\udc00\\ud800"'), ("1", '"\\ud83d\\ude00"'),
    ("1", '"\\u001f"'), ("1", '"\\u0020"'), ("1", '"\\n"'), ("1", '"\\x"'), ("1", '"é"'),
    ("1", '"\x7f"'), ("1", '"\t"'), ("1", '"\\"'), ("1", "[]"), ("1", "{}"), ("1", "[1, 2]"),
    ("1.5", "1.50"), ("1.5", "1e400"), ("1.5", "-1e400"), ("1.5", "1.5e300"), ("1.5", "1e+16"),
    ("1.5", "1e16"), ("1.5", "1e-07"), ("1.5", "0.1e1"), ("1.5", "-0.0"), ("1.5", "5e-324"),
    ("1.5", "1."), ("1.5", ".5"), ("1.5", "2"), ("1.5", "1.0000000000000000001"), ("1.5", "--1"),
    ('[1, "x"]', "[1,2]"), ('[1, "x"]', "[1.5]"), ('[1, "x"]', "[]"), ('[1, "x"]', "[[1]]"),
    ('[1, "x"]', "[1, ]"), ('"a": ', '"b": '), ('"a": ', '"a":'), (", ", ","), ("}", " }"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SPELLINGS)
@pytest.mark.parametrize("order", [True, False], ids=["sorted", "unsorted"])
def test_another_spelling_of_a_learned_shape_gets_the_slow_ways_verdict(judge, old, new, order):
    text = json.dumps(LEARNED if order else dict(reversed(LEARNED.items())))
    other = text.replace(old, new, 1)
    assert other != text
    agrees(judge, with_text(other))
    try:
        again = json.dumps(json.loads(other), sort_keys=True)
    except ValueError:
        return
    agrees(judge, with_text(other, again))


@pytest.mark.parametrize(
    "changed",
    [
        lambda raw: raw + b"\r",
        lambda raw: raw + b" ",
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b'"X"', b'"\\u0041"'),
        lambda raw: raw.replace(b'"X"', b'"\xff"'),
        lambda raw: raw.replace(b'"X"', b'"X", "payload": 2'),
        lambda raw: raw[:-1] + b', "payload": 2}',
        lambda raw: raw[:-1] + b', "compliance_hash": null}',
        lambda raw: raw[:-66] + raw[-66:].upper(),
        lambda raw: raw[:-10] + b"0" * 8 + raw[-2:],
        lambda raw: raw.replace(b"timestamp", b"timestomp"),
        lambda raw: raw[:-1],
        lambda raw: b"",
        lambda raw: b"\0" * 600,
        lambda raw: raw * 2,
    ],
)
def test_a_changed_frame_of_a_learned_shape_gets_the_slow_ways_verdict(judge, changed):
    for order in (True, False):
        payload = LEARNED if order else dict(reversed(LEARNED.items()))
        agrees(judge, changed(line(payload, order=order)))


def test_numbers_longer_than_python_reads_are_refused_as_before(judge):
    for digits in (4300, 4301, 9000):
        agrees(judge, with_text(json.dumps(LEARNED).replace("1", "9" * digits, 1)))


@given(st.lists(st.tuples(payloads, st.booleans()), min_size=1, max_size=6), st.data())
def test_any_lines_and_any_change_of_them_get_the_slow_ways_verdict(found, data):
    judge = QuickJudge()
    for _ in range(2):
        for payload, order in found:
            raw = line(payload, order=order)
            assert judge.holds(raw)
            edited = bytearray(raw)
            for _ in range(data.draw(st.integers(1, 3))):
                edited[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
            agrees(judge, bytes(edited))


@given(payloads, st.data())
def test_values_of_a_learned_shape_in_any_spelling_get_the_slow_ways_verdict(payload, data):
    judge = QuickJudge()
    judge.holds(line(payload))
    same = {key: data.draw(values) for key in payload}
    text = json.dumps(
        same, sort_keys=data.draw(st.booleans()), ensure_ascii=data.draw(st.booleans())
    )
    for raw in (with_text(text), with_text(text, json.dumps(same, sort_keys=True))):
        agrees(judge, raw)


def test_what_our_writer_writes_is_learned_once_and_judged_quickly_from_then_on(monkeypatch):
    judge = QuickJudge()
    lines = [
        record_line(AT, "X", LEARNED | {"b": n, "c": n / 7, "a": f"é{n}"})[:-1] for n in range(9)
    ]
    assert judge.holds(lines[0])
    monkeypatch.setattr("console.domain.audit_quick.hash_holds", lambda raw: pytest.fail("slow"))
    assert all(judge.holds(raw) for raw in lines)


def test_so_many_shapes_that_none_is_worth_learning_cost_no_memory():
    judge = QuickJudge()
    for number in range(1000):
        assert judge.holds(line({f"key{number}": number}))
    assert sum(len(shapes) for shapes in judge._shapes.values()) <= 6
    assert len(judge._known) <= 200
