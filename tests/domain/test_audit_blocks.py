"""Blocks of lines get the verdict of the slow way on every line, valid or not, wherever it stands."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.audit import Verdict, check_line, record_line
from console.domain.audit_blocks import BlockJudge
from tests.domain.test_audit_quick import AT, LEARNED, SPELLINGS, line, payloads, values, with_text


def slow(block):
    """Which lines do not hold, one after another."""
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [at for at, raw in enumerate(lines) if check_line(raw).verdict is not Verdict.INTACT]


def agrees(block, judge=None):
    judge = judge or BlockJudge()
    assert judge.bad(block) == slow(block), block
    assert judge.bad(block) == slow(block), block  # once more, with what was learned


UNSORTED = dict(reversed(LEARNED.items()))


@pytest.mark.parametrize(("old", "new"), SPELLINGS)
@pytest.mark.parametrize("payload", [LEARNED, UNSORTED], ids=["sorted", "unsorted"])
def test_another_spelling_among_lines_of_a_shape_gets_the_slow_ways_verdict(payload, old, new):
    text = json.dumps(payload)
    good = line(payload, order=False)
    other = text.replace(old, new, 1)
    odd = [with_text(other)]
    with contextlib.suppress(ValueError):
        odd.append(with_text(other, json.dumps(json.loads(other), sort_keys=True)))
    for raw in odd:
        agrees(b"\n".join([good, good, raw, good]))
        agrees(b"\n".join([good, raw, b""]))


@pytest.mark.parametrize(
    "odd",
    [
        b"", b"\r", b"junk", b"\x00" * 80, b"{}", b"null", b'"' * 7, b"\\" * 9, b"\xff\xfe",
        b'{"timestamp": "', b'{"timestamp": "x", "event_type": "X", "payload": ',
    ],
)  # fmt: skip
def test_what_stands_between_before_or_behind_good_lines_is_named(odd):
    good = line(LEARNED)
    for block in (
        b"\n".join([good, odd, good, b""]),
        b"\n".join([odd, good, good]),
        b"\n".join([good, odd + good, good, b""]),
        b"\n".join([good, good + odd, good]),
        b"\n".join([good, good + good, good, odd]),
    ):
        agrees(block)


def test_a_line_torn_inside_a_text_is_named_and_the_next_one_is_not_swallowed():
    good = line({"a": "some text", "b": "more"})
    for at in range(1, len(good)):
        agrees(b"\n".join([good, good[:at], good[at:], good, b""]))


@given(
    st.lists(st.tuples(payloads, st.booleans(), st.integers(1, 4)), min_size=1, max_size=5),
    st.data(),
)
def test_any_block_with_any_change_gets_the_slow_ways_verdict(found, data):
    judge = BlockJudge()
    lines = [line(payload, order=order) for payload, order, times in found for _ in range(times)]
    lines = data.draw(st.permutations(lines))
    block = b"\n".join(lines) + b"\n"
    agrees(block, judge)
    for _ in range(3):
        edited = bytearray(block)
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(block) - 1))
            edited[place] = data.draw(st.sampled_from(b'\n"\\, :0e.-a') | st.integers(0, 255))
        agrees(bytes(edited), judge)


@given(payloads, st.lists(st.data(), min_size=1, max_size=1), st.booleans())
def test_other_values_of_a_learned_shape_get_the_slow_ways_verdict(payload, draws, order):
    [data] = draws
    judge = BlockJudge()
    judge.bad(line(payload, order=order))
    lines = []
    for _ in range(4):
        same = {key: data.draw(values) for key in payload}
        text = json.dumps(same, sort_keys=order, ensure_ascii=data.draw(st.booleans()))
        lines += [with_text(text), with_text(text, json.dumps(same, sort_keys=True))]
    agrees(b"\n".join(lines), judge)


def test_numbers_longer_than_python_reads_are_refused_as_before():
    for digits in (300, 302, 4300, 4301, 9000):
        odd = with_text(json.dumps(LEARNED).replace("1", "9" * digits, 1))
        agrees(b"\n".join([line(LEARNED), odd, line(LEARNED)]))


@pytest.mark.parametrize("payload", [LEARNED, UNSORTED], ids=["sorted", "unsorted"])
def test_lines_of_one_shape_are_learned_once_and_never_read_again(monkeypatch, payload):
    judge = BlockJudge()
    rows = [payload | {"b": n, "c": n / 7 + 0.1, "a": f"é{n}"} for n in range(1, 400)]
    assert judge.bad(line(rows[0], order=False)) == []
    monkeypatch.setattr("console.domain.audit_quick.hash_holds", lambda raw: pytest.fail("slow"))
    assert judge.bad(b"\n".join(line(row, order=False) for row in rows)) == []


def test_a_block_larger_than_is_read_at_once_keeps_its_line_numbers(monkeypatch):
    monkeypatch.setattr("console.domain.audit_blocks._AT_ONCE", 700)
    lines = [
        record_line(AT, "X", {"a": n, "b": 'a "quoted" word' if n % 5 else "x"}) for n in range(99)
    ]
    for at in (0, 7, 50, 98):
        lines[at] = lines[at].replace(b'"a": ', b'"a": 1', 1)
    agrees(b"".join(lines))
    agrees(b"".join(lines)[:-1])


def test_many_shapes_are_judged_and_cost_no_memory():
    judge = BlockJudge()
    block = b"\n".join(line({f"key{number}": number}) for number in range(500))
    agrees(block, judge)
    assert len(judge._shapes) <= 16
    assert len(judge._known) <= 200


def test_payloads_of_nothing_but_empty_objects_are_judged():
    some: list[dict[str, object]] = [{}, {"0": {}, "": {}}, {"b": {}, "a": []}]
    for payload in some:
        good = line(payload, order=False)
        agrees(b"\n".join([good, good, good.replace(b'"X"', b'"%X%b"'), good[:-9] + b"00000000}"]))
        odd = good.replace(b'"X"', b'"%s %b"')
        agrees(b"\n".join([odd, odd, odd[:-12] + b"0123456789" + odd[-2:]]))


def test_an_empty_block_has_no_line():
    assert BlockJudge().bad(b"") == []
    agrees(b"\n")
    agrees(b"\n\n")
