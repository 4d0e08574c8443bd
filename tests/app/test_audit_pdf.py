"""The printed report: its verdict page, its table, and what a hostile trail makes of it."""

import os
import re
import stat
import sys
import tempfile
from pathlib import Path

import pytest
from PySide6.QtGui import QPainter

from console.app import audit_report_pdf
from console.app.audit_report_pdf import ReportAsked, ready_qt, write_report
from console.domain.audit import record_line
from console.domain.audit_view import Stopped
from console.domain.errors import BadInput, EnvironmentProblem
from console.store.sealed_reader import SealedReader
from console.store.trail_verify import Memory
from console.ui import pdf_pages
from tests.store.bundles import make_bundle
from tests.store.sealed import KEY, START, day, rehashed, sealed_trail


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "trail", (4, 30, 4))


@pytest.fixture
def drawn(monkeypatch, qapp):
    """Every text that is drawn, in order."""
    texts = []

    class Recording(QPainter):
        def drawText(self, *args):  # noqa: N802 - Qt's name
            texts.append(next(arg for arg in args if isinstance(arg, str)))
            super().drawText(*args)

    monkeypatch.setattr(pdf_pages, "QPainter", Recording)
    return texts


def report(folder, out, positions=None, **more):
    trail = SealedReader.look(folder, Memory())
    records = trail.count()
    chosen = range(records) if positions is None else positions
    return write_report(trail, ReportAsked(chosen, out, "op-north", "all records", **more))


def pages(path):
    raw = path.read_bytes()
    assert raw.startswith(b"%PDF-")
    assert raw.rstrip().endswith(b"%%EOF")
    return len(re.findall(rb"/Type /Page\n", raw))


def test_the_first_page_says_what_was_judged_by_which_key_and_what_stays_open(
    trail, tmp_path, drawn
):
    out = tmp_path / "report.pdf"
    assert report(trail.folder, out, [3, 4]) == 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert pages(out) == 2
    first = drawn[: drawn.index("Page 1")]
    assert first[:3] == [
        "Audit trail report",
        "INTACT",
        "Intact: 41 records in 3 files, as sealed and in their order.",
    ]
    told = dict(zip(first[3:-1:2], first[4::2], strict=False))
    assert told["Trail"] == str(trail.folder.resolve())
    assert told["Records in the trail"] == "41"
    assert told["Chosen"] == "2 (all records)"
    assert told["Signed by"] == KEY.verifier.text
    assert told["Whose key"] == "the trail's own, unconfirmed"
    assert told["Checkpoint"].startswith("41 records, root ")
    assert "by op-north" in told["Made"]
    assert any("Whether the trail was longer once" in text for text in first)
    assert any("It proves nothing by itself" in text for text in first)


def test_every_record_stands_in_the_table_under_its_head_on_every_page(trail, tmp_path, drawn):
    out = tmp_path / "report.pdf"
    assert report(trail.folder, out) == 41
    assert pages(out) == max(int(text.split()[1]) for text in drawn if text.startswith("Page "))
    assert pages(out) > 2
    assert drawn.count("Verdict") == pages(out) - 1
    numbers = [text for text in drawn if text.isdigit()]
    assert [int(text) for text in numbers if drawn.index(text) > drawn.index("Records")][-1] == 40
    assert f"{day(1)}, line 3 \N{MIDDLE DOT} job job-7" in drawn


def test_hostile_text_is_made_visible_and_of_any_script(trail, tmp_path, drawn):
    hostile = {
        "jobId": "j\u202e1",
        "operator": "\u05e0\u05e2\u05d4",
        "reason": "\u0645\u0631\u062d\u0628\u0627 \U0001f600 <b>bold</b>\0\n",
        "workflowId": "w" * 5000,
    }
    trail.files[day(2)] += [
        record_line(START, "T\u200b", hostile),
        record_line(START, "X", {"long": "wort " * 100_000}),
        b"\0\xff no record\n",
        b'{"payload": ' + b"[" * 3000 + b"]" * 3000 + b', "compliance_hash": ""}\n',
        b'{"payload": "' + b"x" * 2_000_000 + b'", "compliance_hash": ""}\n',
    ]
    trail.write().seal()
    out = tmp_path / "report.pdf"
    assert report(trail.folder, out) == 46
    assert pages(out) > 2
    text = "\n".join(drawn)
    assert "j[U+202E]1" in text
    assert "T[U+200B]" in text
    assert "\u0645\u0631\u062d\u0628\u0627 \U0001f600 <b>bold</b>[U+0000][U+000A]" in text
    assert "[U+0000]\\xff no record" in text
    assert not any(bad in text for bad in "\u202e\u200b\0")
    assert "too long to judge here" in text
    assert max(map(len, drawn)) < 1500


def test_a_damaged_trail_is_reported_with_its_verdict_and_its_first_bad_line(
    trail, tmp_path, drawn
):
    trail.files[day(1)][2] = rehashed(trail.files[day(1)][2], priority=99)
    trail.write()
    report(trail.folder, tmp_path / "report.pdf", [7])
    assert "EDITED" in drawn
    assert f"{day(1)}: edited, 31 records, first bad: line 3" in drawn
    assert "edited" in drawn[drawn.index("Page 1") :]


def test_a_trail_without_a_seal_can_be_printed_and_says_so(tmp_path, drawn):
    folder = tmp_path / "bare"
    folder.mkdir()
    for number in range(40):
        (folder / f"workflow_audit_202601{number % 28 + 1:02}.jsonl").write_bytes(
            record_line(START, "X", {})
        )
        (folder / f"workflow_audit_202602{number % 28 + 1:02}.jsonl").write_bytes(
            record_line(START, "X", {})
        )
    report(folder, tmp_path / "report.pdf")
    assert "none that counts: judged by the hashes alone" in drawn
    assert "and 26 files more" in drawn


def test_very_many_records_are_printed_up_to_a_limit_that_the_report_names(
    trail, tmp_path, drawn, monkeypatch
):
    monkeypatch.setattr(audit_report_pdf, "MAX_RECORDS", 5)
    assert report(trail.folder, tmp_path / "report.pdf") == 5
    assert "the newest 5 of 41; an export as .jsonl or .zip has all" in drawn
    assert "40" in drawn


def test_nothing_chosen_gives_the_verdict_alone(trail, tmp_path, drawn):
    out = tmp_path / "report.pdf"
    assert report(trail.folder, out, []) == 0
    assert pages(out) == 1


def test_a_bundle_can_be_printed_like_a_trail(trail, tmp_path, drawn):
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6, 7])
    assert report(path, tmp_path / "report.pdf") == 2
    assert "Every record here is the one that was sealed" in "\n".join(drawn)
    assert f"{day(1)}, line 3 \N{MIDDLE DOT} job job-7" in drawn


def test_progress_is_told_and_a_cancelled_report_leaves_what_stood_there(trail, tmp_path, drawn):
    out = tmp_path / "report.pdf"
    out.write_bytes(b"yesterday")
    steps = []
    with pytest.raises(Stopped):
        report(
            trail.folder,
            out,
            progress=lambda *step: steps.append(step),
            cancelled=lambda: bool(steps),
        )
    assert out.read_bytes() == b"yesterday"
    report(trail.folder, out, progress=lambda *step: steps.append(step))
    assert steps[-1] == (1, 1)
    assert pages(out) > 1


@pytest.mark.qt_log_ignore("Returned false")
def test_where_it_cannot_be_written_that_is_told(trail, tmp_path, qapp, monkeypatch):
    with pytest.raises(BadInput, match="lies in the trail itself"):
        report(trail.folder, trail.folder / "report.pdf")
    with pytest.raises(BadInput, match="does not exist"):
        report(trail.folder, tmp_path / "nowhere" / "report.pdf")
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: (open_null(), str(tmp_path)))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with pytest.raises(EnvironmentProblem, match="could not be written"):
        report(trail.folder, tmp_path / "report.pdf")


def open_null():
    return os.open(os.devnull, os.O_RDWR)


def test_qt_is_made_ready_once_and_its_absence_is_told(qapp, monkeypatch):
    assert ready_qt() is qapp
    monkeypatch.setitem(sys.modules, "PySide6.QtGui", None)
    with pytest.raises(EnvironmentProblem, match="A PDF needs Qt"):
        ready_qt()
