"""The hash rule over files that break, and over what is too long to be held."""

import pytest

from console.domain.audit import Verdict
from console.domain.errors import EnvironmentProblem
from console.store import hash_rule
from console.store.hash_rule import by_hash_rule
from console.store.line_work import LineWorkers
from console.store.trail_files import line_span, look_at
from tests.store.trails import DAY1, DAY2, line


def judged(files, workers=None):
    return by_hash_rule(files, lambda _: None, lambda: False, workers)


@pytest.fixture
def files(tmp_path):
    (tmp_path / DAY1).write_bytes(
        line(0) + line(1).replace(b"job", b"jab", 1) + b"junk\n" + line(2)
    )
    (tmp_path / DAY2).write_bytes(line(3))
    return [look_at(tmp_path / DAY1), look_at(tmp_path / DAY2)]


def test_each_kind_of_bad_line_is_counted_and_the_first_is_named(files):
    report = judged(files)
    good = report.counts[Verdict.INTACT]
    assert good == report.records - report.bad
    assert report.counts[Verdict.UNREADABLE] == 1
    assert report.first_bad is not None
    assert report.first_bad.line >= 2


@pytest.mark.parametrize("processes", [0, 2])
def test_a_file_that_is_gone_meanwhile_is_unreadable_and_the_others_are_judged(files, processes):
    files[1].path.unlink()
    report = judged(files, LineWorkers(processes))
    assert [file.verdict for file in report.files][1] is Verdict.UNREADABLE
    assert "cannot be read" in report.files[1].why


def test_a_file_that_breaks_while_it_is_read_is_found_by_asking_one_after_another(
    files, monkeypatch
):
    whole = LineWorkers.run

    def run(self, todo, step, cancelled):
        if any(piece.path == files[1].path for piece in todo):
            raise EnvironmentProblem("It was taken away.")
        return whole(self, todo, step, cancelled)

    monkeypatch.setattr(LineWorkers, "run", run)
    report = judged(files)
    assert report.files[0].records == judged(files[:1]).files[0].records
    assert report.files[1].why == "It was taken away."


def test_a_bad_line_that_is_gone_when_it_is_looked_at_again_says_so(files, monkeypatch):
    def gone(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(hash_rule, "line_span", gone)
    assert "cannot be read" in judged(files).files[0].why


def test_a_line_is_found_in_a_file_that_nobody_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("console.store.audit_files.BLOCK", 7)
    path = tmp_path / "x"
    path.write_bytes(b"a\n\nbcdefghijkl\nmn\nopq")
    lines = path.read_bytes().split(b"\n")
    with path.open("rb") as file:
        for number, raw in enumerate(lines):
            begin, size = line_span(file.fileno(), number, path.stat().st_size)
            assert path.read_bytes()[begin : begin + size] == raw
