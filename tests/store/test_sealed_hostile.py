"""Sealed trails from anybody: damaged, huge or malformed, they get a verdict and never an error."""

import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.domain.tlog.checkpoint import Checkpoint
from console.store import audit_files, line_work
from console.store.line_work import LineWorkers, joined, pieces, work
from tests.store.sealed import KEY, ORIGIN, Trail, day, found, record, sealed_trail, verify
from tests.store.tamperings import D1, D2, D3, rewrite

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

HOSTILE = {
    "ten megabytes": b'{"payload": "' + b"x" * 10_000_000 + b'"}',
    "nesting": b"[" * 100_000,
    "zeros": b"\0" * 1000,
    "not utf-8": b"\xff\xfe\xfd",
    "byte order mark": b"\xef\xbb\xbf" + record(9)[:-1],
    "surrogate": b'{"payload": "\\ud800", "compliance_hash": 1}',
    "digits": b'{"payload": ' + b"9" * 5000 + b', "compliance_hash": 1}',
    "not a number": b'{"payload": NaN, "compliance_hash": "x"}',
    "twice the same key": b'{"payload": 1, "payload": 2, "compliance_hash": "x"}',
    "opening of nothing": b'{"timestamp": "x", "event_type": "AUDIT_FILE_OPENED", "payload": 7, '
    b'"compliance_hash": "x"}',
    "opening of too much": record(1)[:-1].replace(b"WORKFLOW_TRIGGERED", b"AUDIT_FILE_OPENED"),
    "carriage return": record(9)[:-1] + b"\r",
}


@pytest.mark.parametrize("deep", [False, True], ids=["quick", "deep"])
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("at", [0, 2])
def test_a_hostile_line_in_a_sealed_trail_is_a_verdict(tmp_path, name, at, deep):
    trail = sealed_trail(tmp_path / "audit")
    for file in (D1, D3):
        trail.files[file][at] = HOSTILE[name] + b"\n"
        rewrite(trail)
        report = verify(trail.folder, tmp_path / "state", deep=deep)
        assert report.files[0].first_bad is not None
        assert report.files[0].first_bad.line == at + 1
        assert report.verdict == "edited"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_that_was_sealed_is_judged_too(tmp_path, name):
    trail = Trail(tmp_path / "audit")
    trail.open_day(0, 2)
    trail.files[D1].append(HOSTILE[name] + b"\n")
    trail.write().seal()
    assert verify(trail.folder, tmp_path / "state").intact
    assert verify(trail.folder, tmp_path / "state", deep=True).records == 4


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
@pytest.mark.parametrize("place", [D2, "seal/checkpoint", "seal/vkey", "seal/tile/0/000.p/15"])
def test_what_is_no_ordinary_file_is_not_followed(tmp_path, kind, place):
    trail = sealed_trail(tmp_path / "audit")
    path = trail.folder / place
    content = path.read_bytes()
    path.unlink()
    if kind == "link":
        (tmp_path / "target").write_bytes(content)
        path.symlink_to(tmp_path / "target")
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    report = verify(trail.folder, tmp_path / "state")
    if place == D2:
        assert [str(file.verdict) for file in report.files] == ["intact", "unreadable", "intact"]
    assert report.intact is place.startswith("seal/tile"), "tiles can be made anew from the lines"


def test_a_seal_behind_a_link_is_no_seal(tmp_path):
    trail = sealed_trail(tmp_path / "audit")
    (trail.folder / "seal").rename(tmp_path / "seal")
    (trail.folder / "seal").symlink_to(tmp_path / "seal")
    assert verify(trail.folder, tmp_path / "state").verdict == "no-checkpoint"


@pytest.mark.parametrize("size", [16, 2**40, 2**64 - 1])
def test_a_checkpoint_of_more_records_than_there_are_is_a_verdict_at_once(tmp_path, size):
    trail = sealed_trail(tmp_path / "audit")
    stated = Checkpoint(ORIGIN, size, bytes(32))
    (trail.folder / "seal" / "checkpoint").write_bytes(stated.signed([KEY]))
    for old in trail.folder.glob("seal/checkpoint.*"):
        old.unlink()
    assert not verify(trail.folder, tmp_path / "state").intact


def test_a_thousand_keys_and_a_thousand_old_checkpoints_are_no_trouble(tmp_path):
    trail = sealed_trail(tmp_path / "audit")
    key = trail.folder / "seal" / "vkey"
    key.write_bytes(key.read_bytes() + b"x+00000000+AAAA\n" * 1000)
    for number in range(1000):
        (trail.folder / "seal" / f"checkpoint.{number + 100}").write_bytes(b"\xff" * 300)
    assert verify(trail.folder, tmp_path / "state").intact


edits = st.lists(
    st.tuples(
        st.sampled_from(["set", "delete", "insert", "copy", "swap", "cut", "move"]),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        st.binary(min_size=1, max_size=30),
    ),
    min_size=1,
    max_size=3,
)


@settings(suppress_health_check=SLOW)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), edits, st.booleans(), st.booleans())
def test_no_random_edit_of_a_random_sealed_trail_is_called_intact(
    tmp_path, days, changes, deep, tiles
):
    folder = tmp_path / "audit"
    shutil.rmtree(folder, ignore_errors=True)
    trail = sealed_trail(folder, days, tiles=tiles)
    names = sorted(trail.files)
    before = {name: b"".join(trail.files[name]) for name in names}
    after = dict(before)
    for change in changes:
        edit(after, names, *change)
    for name, content in after.items():
        (folder / name).write_bytes(content)
    shutil.rmtree(tmp_path / "state", ignore_errors=True)
    report = verify(folder, tmp_path / "state", deep=deep)
    assert report.intact is (after == before)
    assert report.records == sum(
        content.count(b"\n") + (content[-1:] not in {b"", b"\n"}) for content in after.values()
    )


def edit(after, names, kind, one, other, content):
    name, second = names[one % len(names)], names[other % len(names)]
    raw = after[name]
    lines = raw.splitlines(keepends=True)
    at = other % (len(raw) + 1)
    number = other % len(lines) if lines else 0
    if kind == "set":
        after[name] = raw[:at] + content + raw[at + len(content) :]
    elif kind == "insert":
        after[name] = raw[:at] + content + raw[at:]
    elif kind == "cut":
        after[name] = raw[:at]
    elif kind == "delete" and lines:
        after[name] = b"".join(lines[:number] + lines[number + 1 :])
    elif kind == "copy" and lines:
        after[second] += lines[number]
    elif kind == "swap" and len(lines) > 1:
        lines[0], lines[number] = lines[number], lines[0]
        after[name] = b"".join(lines)
    elif kind == "move" and lines:
        after[name] = b"".join(lines[:number] + lines[number + 1 :])
        after[second] = lines[number] + after[second]


@settings(suppress_health_check=SLOW)
@given(
    st.lists(st.binary(max_size=60), max_size=30),
    st.booleans(),
    st.integers(1, 50),
    st.integers(1, 40),
)
def test_a_file_cut_anywhere_gives_the_same_leaves_as_read_whole(
    tmp_path, parts, ends, piece, block
):
    path = tmp_path / "file"
    content = b"\n".join(parts) + (b"\n" if ends else b"")
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        for module in (audit_files, line_work):
            patch.setattr(module, "BLOCK", block)
        done = joined([work(p) for p in pieces(path, len(content), piece=piece, rule=True)])
    whole = joined([work(p) for p in pieces(path, len(content), rule=True)])
    assert done == whole


def test_work_in_other_processes_comes_to_the_same(tmp_path):
    trail = sealed_trail(tmp_path / "audit", (40, 40))
    todo = [
        piece
        for name in (D1, D2)
        for piece in pieces(
            trail.folder / name, (trail.folder / name).stat().st_size, rule=True, piece=2000
        )
    ]
    here = LineWorkers(0).run(todo, lambda _: None, lambda: False)
    there = LineWorkers(2).run(todo, lambda _: None, lambda: False)
    assert here == there


def test_a_day_whose_name_does_not_bear_its_date_is_told_and_intact(tmp_path):
    trail = sealed_trail(tmp_path / "audit")
    (trail.folder / D3).rename(trail.folder / day(9))
    report = verify(trail.folder, tmp_path / "state")
    assert found(report) == ("intact", None)
    assert "dates" in [item.code for item in report.not_proven]
