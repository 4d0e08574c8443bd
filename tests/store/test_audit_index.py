"""An index over a trail answers as a look at every line does, and is not believed when in doubt."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.domain.audit import record_line
from console.domain.audit_index import index_row, text_question
from console.domain.audit_view import RecordFilter, Stopped
from console.store import audit_index_build
from console.store.audit_index_trail import IndexedTrail
from console.store.trail_reader import TrailReader
from console.store.trail_verify import Memory

AT = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)
DAYS = ("workflow_audit_20260601.jsonl", "workflow_audit_20260602.jsonl")


def line(number, *, at=None, event_type="WORKFLOW_TRIGGERED", **values):
    payload = {
        "workflowId": f"wf_{number % 3}",
        "instanceId": f"inst-{number:04x}",
        "jobId": f"{number % 7:08x}-aaaa",
        "operator": ("Anna Kareninová", "José", "李雷")[number % 3],
        "reason": f"ticket {number}",
    }
    when = AT + timedelta(minutes=number) if at is None else at
    return record_line(when, event_type, payload | values)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "audit"
    path.mkdir()
    (path / DAYS[0]).write_bytes(b"".join(line(n) for n in range(60)))
    (path / DAYS[1]).write_bytes(b"".join(line(n) for n in range(60, 100)))
    return path


def indexed(path, cache, *, index=True):
    trail = IndexedTrail.look(path, Memory())
    trail.keep_index(cache)
    trail.count()
    if index:
        assert trail.index()
    return trail


def scanned(path, wanted, start=0):
    trail = TrailReader.open(path)
    trail.count()
    return list(trail.matching(wanted, start=start))


FILTERS = [
    RecordFilter(text="ticket 4"),
    RecordFilter(text="TICKET 77"),
    RecordFilter(text="karenin"),
    RecordFilter(text="KARENINOVÁ"),
    RecordFilter(text='"priority"'),
    RecordFilter(text="x"),
    RecordFilter(text="li"),
    RecordFilter(text="aaaa", workflow_id="wf_1"),
    RecordFilter(workflow_id="wf_2"),
    RecordFilter(workflow_id="wf_9"),
    RecordFilter(workflow_id="a\0b"),
    RecordFilter(workflow_id="\ud800"),
    RecordFilter(instance_id="inst-0042"),
    RecordFilter(job_id="00000003-aaaa"),
    RecordFilter(job_id="00000003-aaaa", text="ticket 3"),
    RecordFilter(operator="李雷"),
    RecordFilter(operator="José", since=AT + timedelta(minutes=30)),
    RecordFilter(event_types=frozenset({"WORKFLOW_TRIGGERED"})),
    RecordFilter(event_types=frozenset({"OTHER", "X"})),
    RecordFilter(since=AT + timedelta(minutes=10), until=AT + timedelta(minutes=20)),
    RecordFilter(since=datetime.min.replace(tzinfo=UTC), until=datetime.max.replace(tzinfo=UTC)),
]


def same_answers(path, trail, filters=FILTERS, starts=(0, 17, 99, 5000)):
    for wanted in filters:
        for start in starts:
            assert list(trail.matching(wanted, start=start)) == scanned(path, wanted, start), wanted


def spied(monkeypatch):
    """A list that gets an entry whenever lines are looked at one after another."""
    looks = []
    look = TrailReader.matching

    def matching(self, *args, **more):
        looks.append(args)
        return look(self, *args, **more)

    monkeypatch.setattr(TrailReader, "matching", matching)
    return looks


def test_every_filter_gets_the_answer_of_a_look_at_every_line(folder, tmp_path):
    same_answers(folder, indexed(folder, tmp_path / "cache"))


def test_an_indexed_trail_is_not_looked_through_for_an_id_a_type_or_a_text(
    folder, tmp_path, monkeypatch
):
    (folder / DAYS[1]).write_bytes(b"".join(line(n) for n in range(60, 6000)))
    trail = indexed(folder, tmp_path / "cache")
    looks = spied(monkeypatch)
    for wanted in (
        RecordFilter(job_id="00000003-aaaa", instance_id="inst-0042"),
        RecordFilter(instance_id="inst-0042"),
        RecordFilter(text="ticket 4711"),
        RecordFilter(operator="José"),
        RecordFilter(since=AT + timedelta(minutes=90), event_types=frozenset({"X"})),
    ):
        trail.matching(wanted)
    assert looks == []


HOSTILE = [
    b"", b"\x00" * 50, b"\xff\xfe wf_1", b"null", b"[1]", b'{"payload": 3}', b"\xef\xbb\xbf" + line(1)[:-1],
    line(1)[:-1] + b"\r", line(2)[:-2], b'{"a": "\\ud800"}', b"[" * 100_000, b'{"a":' * 5000,
    b'{"timestamp": "2026-06-01T07:01:00+00:00", "event_type": "X", "payload": ',
    b'{"timestamp": "2026-06-01T07:01:00+00:00", "timestamp": "2025-01-01", "event_type": "X", "payload": {}}',
    b'{"timestamp": 5, "event_type": 7, "payload": {"workflowId": 3, "jobId": true, "operator": 1.0}}',
    b'{"payload": {"workflowId": "\\u0077f_1", "operator": "Jos\\u00e9", "jobId": "a\\/b"}}',
    b'{"payload": {"workflowId": "wf_2", "workflowId": "wf_1", "instanceId": -0}}',
    b'{"payload": {"workflowId": ' + b"9" * 5000 + b"}}",
    b'{"payload": {"instanceId": "inst-0042", "reason": "' + b"z" * 100_000 + b'"}}',
    b'{"payload": {"workflowId": "a\\u0000b", "operator": "\\ud800"}}',
    b'{"payload": {"workflowId": NaN, "operator": "' + b"o" * 400 + b'"}}',
    b'{"event_type": "' + b"T" * 999 + b'", "timestamp": "2026-06-01T09:00:00+02:00", "payload": 1}',
    b'{"timestamp": "0001-01-01T00:00:00+14:00", "event_type": "X", "payload": {}}',
    b'{"timestamp": "9999-12-31T23:59:59.999999-12:00", "event_type": "X", "payload": {}}',
    '{"payload": {"operator": "İstanbul ſ K", "reason": "KARENINOVÁ \u202e"}}'.encode(),
]  # fmt: skip


@pytest.mark.parametrize("torn", [False, True])
def test_hostile_lines_get_the_answer_of_a_look_at_every_line(folder, tmp_path, torn):
    for number, day in enumerate(DAYS):
        good = [line(n)[:-1] for n in range(30)]
        both = [raw for pair in zip(good, HOSTILE, strict=False) for raw in pair]
        (folder / day).write_bytes(b"\n".join(both) + (b"" if torn and not number else b"\n"))
    more = [
        RecordFilter(operator="o" * 400), RecordFilter(operator="1"), RecordFilter(workflow_id="3"),
        RecordFilter(workflow_id="9" * 5000), RecordFilter(workflow_id="wf_1"), RecordFilter(job_id="a/b"),
        RecordFilter(instance_id="0"), RecordFilter(event_types=frozenset({"T" * 999})),
        RecordFilter(event_types=frozenset({"X"}), since=AT), RecordFilter(text="zzzz"),
        RecordFilter(text="İstanbul"), RecordFilter(text="ſ"), RecordFilter(text="\0\0\0"),
    ]  # fmt: skip
    same_answers(folder, indexed(folder, tmp_path / "cache"), [*FILTERS, *more], (0, 40))


pieces = st.binary(max_size=20) | st.sampled_from(
    [b'"', b"\\", b"wf_1", b"ticket 4", b"\\u0077", b", ", b'"workflowId": "', b"\xc3\xa1", b"\n"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 99), st.lists(st.tuples(st.integers(0, 400), pieces)))),
    st.text(max_size=6) | st.sampled_from(["wf_1", "ticket 4", "aaaa", "é"]),
    st.integers(0, 9),
)
def test_any_edited_lines_get_the_answer_of_a_look_at_every_line(tmp_path, edits, text, start):
    folder, cache = tmp_path / "any", tmp_path / "any-cache"
    for path in (folder, cache):
        shutil.rmtree(path, ignore_errors=True)
    folder.mkdir()
    content = b""
    for number, changes in edits:
        raw = line(number)
        for place, piece in changes:
            at = min(place, len(raw) - 1)
            raw = raw[:at] + piece + raw[at + len(piece) :]
        content += raw
    (folder / DAYS[0]).write_bytes(content)
    trail = indexed(folder, cache, index=bool(content))
    filters = [
        RecordFilter(text=text), RecordFilter(workflow_id=text), RecordFilter(operator=text, text="e"),
        RecordFilter(workflow_id="wf_1"), RecordFilter(since=AT + timedelta(minutes=50)),
        RecordFilter(event_types=frozenset({"WORKFLOW_TRIGGERED"}), text=text),
    ]  # fmt: skip
    same_answers(folder, trail, filters, (0, start))


def test_lines_that_came_after_the_index_are_found_before_it_is_continued(folder, tmp_path):
    trail = indexed(folder, tmp_path / "cache")
    with (folder / DAYS[1]).open("ab") as file:
        file.write(b"".join(line(n) for n in range(100, 130)) + line(130)[:-9])
    trail.refresh()
    same_answers(folder, trail)
    assert trail.index()
    same_answers(folder, trail)
    with (folder / DAYS[1]).open("ab") as file:
        file.write(line(130)[-9:])
    (folder / "workflow_audit_20260603.jsonl").write_bytes(line(131))
    trail.refresh()
    same_answers(folder, trail)
    assert trail.index()
    same_answers(folder, trail)
    assert trail._index.covered(trail.files) == 132


def test_an_index_is_continued_where_it_ended_and_not_made_again(folder, tmp_path, monkeypatch):
    indexed(folder, tmp_path / "cache")
    with (folder / DAYS[1]).open("ab") as file:
        file.write(line(100))
    seen = []

    def spy(raw):
        seen.append(raw)
        return index_row(raw)

    monkeypatch.setattr(audit_index_build, "index_row", spy)
    indexed(folder, tmp_path / "cache")
    assert seen == [line(100)[:-1]]
    indexed(folder, tmp_path / "cache")
    assert len(seen) == 1


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("how", ["in place", "replaced", "in place and longer", "shorter", "gone"])
def test_an_index_over_a_changed_trail_is_not_asked_and_made_anew(folder, tmp_path, how, day):
    trail = indexed(folder, tmp_path / "cache")
    path = folder / day
    content = path.read_bytes().replace(b"ticket 64", b"ticket 4x").replace(b"wf_1", b"wf_2")
    if how == "in place":
        with path.open("r+b") as file:
            file.write(content)
    elif how == "replaced":
        path.unlink()
        path.write_bytes(content)
    elif how == "in place and longer":
        with path.open("r+b") as file:
            file.write(content + line(200))
    elif how == "shorter":
        os.truncate(path, len(line(1)) * 3)
    else:
        path.unlink()
    again = indexed(folder, tmp_path / "cache", index=False)
    same_answers(folder, again)
    assert again.index()
    same_answers(folder, again)
    if how == "in place":
        same_answers(folder, trail)


def test_the_histogram_counts_every_record_that_has_a_time(folder, tmp_path):
    with (folder / DAYS[1]).open("ab") as file:
        file.write(b"junk\n")
    trail = indexed(folder, tmp_path / "cache")
    whole = trail.histogram(RecordFilter(), None)
    assert (whole.timed, whole.total) == (100, 101)
    for wanted in FILTERS:
        view = trail.matching(wanted)
        part = trail.histogram(wanted, view)
        first, last = part.span(0, max(len(part.counts) - 1, 0))
        assert part.total == len(view)
        assert part.timed == len([n for n in view if n < 100])
        if part.timed:
            spanned = RecordFilter(since=first, until=last)
            assert set(view) - {100} <= set(trail.matching(spanned))
    with (folder / DAYS[1]).open("ab") as file:
        file.write(line(101))
    trail.refresh()
    assert trail.histogram(RecordFilter(), None).timed == 101


def test_a_part_of_the_histogram_holds_the_records_of_its_time(folder, tmp_path):
    trail = indexed(folder, tmp_path / "cache")
    found = trail.histogram(RecordFilter(), None)
    for part, number in enumerate(found.counts):
        since, until = found.span(part, part)
        assert len(trail.matching(RecordFilter(since=since, until=until))) == number


def test_a_text_shorter_than_three_letters_is_no_question():
    assert text_question((b"ab",)) == ""
    assert text_question((b"abcd", b"x")) == '"abc" AND "bcd"'
    assert json.dumps(text_question((b'a "',)))


def test_a_histogram_of_nothing_has_no_part_and_one_can_be_cancelled(folder, tmp_path):
    trail = indexed(folder, tmp_path / "cache")
    nobody = RecordFilter(operator="nobody")
    assert trail.histogram(nobody, trail.matching(nobody)).counts == ()
    wanted = RecordFilter(text="ticket")
    with pytest.raises(Stopped):
        trail.histogram(wanted, trail.matching(wanted), lambda: True)
    bare = IndexedTrail.look(folder, Memory())
    bare.count()
    assert bare.histogram(wanted, None) is None
    assert not bare.index()
