"""Audit in the window: one record in full, and a list that holds still while it grows."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.ui.audit_samples import chosen, column, edited, record, records, shown
from tests.ui.fake_desk import OWN, FakeDesk


@pytest.fixture
def desk():
    return FakeDesk({OWN: records(480)})


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


# --- one record ----------------------------------------------------------------------------------
def test_a_record_shows_its_fields_and_both_hashes_side_by_side(panel, qtbot):
    shown_record = chosen(panel, qtbot, 40)
    assert shown_record.badge.word == "intact"
    assert "operator: op-south" in shown_record.payload.toPlainText()
    stored = shown_record.stored.text().replace("\n", "")
    assert len(stored) == 64
    assert stored == shown_record.computed.text().replace("\n", "")
    assert shown_record.hash_badge.word == "fits"
    assert "hash covers the payload alone" in shown_record.does_not.text()
    shown_record.view.segment("json").click()
    assert json.loads(shown_record.payload.toPlainText())["reason"] == "ticket 4711"


def test_an_edited_record_says_so_and_its_hashes_differ(bridge, qtbot):
    lines = records(9)
    lines[3] = edited(lines[3])
    panel = shown(FakeDesk({OWN: lines}), bridge, qtbot)
    shown_record = chosen(panel, qtbot, 3)
    assert shown_record.badge.word == "edited"
    assert shown_record.hash_badge.word == "does not fit"
    assert shown_record.stored.text() != shown_record.computed.text()


def test_a_line_that_is_no_record_is_shown_as_it_stands(bridge, qtbot):
    panel = shown(FakeDesk({OWN: [b"not \xff json", record(1)]}), bridge, qtbot)
    shown_record = chosen(panel, qtbot, 0)
    assert shown_record.badge.word == "unreadable"
    assert "Not UTF-8" in shown_record.sentence.text()
    assert shown_record.raw.toPlainText() == "not \\xff json"
    assert shown_record.computed.text() == "none"
    assert "no field" in shown_record.payload.toPlainText()
    shown_record.view.segment("json").click()
    assert "no payload" in shown_record.payload.toPlainText()


def test_characters_that_hide_are_made_visible_in_row_and_record(bridge, qtbot):
    line = record(0, reason="refund\u202e004").decode().replace("\\u202e", "\u202e").encode()
    panel = shown(FakeDesk({OWN: [line]}), bridge, qtbot)
    assert panel.model.index(0, column("Reason")).data() == "refund[U+202E]004"
    shown_record = chosen(panel, qtbot, 0)
    assert "[U+202E]" in shown_record.raw.toPlainText()
    assert "\u202e" not in shown_record.raw.toPlainText() + shown_record.payload.toPlainText()


def test_a_huge_record_is_cut_on_the_screen_and_says_so(bridge, qtbot):
    panel = shown(FakeDesk({OWN: [record(0, note="x" * 100_000)]}), bridge, qtbot)
    shown_record = chosen(panel, qtbot, 0)
    assert "more characters" in shown_record.raw.toPlainText()
    assert len(shown_record.raw.toPlainText()) < 21_000


def test_more_fields_than_fit_are_counted(bridge, qtbot):
    many = {f"key{number:04}": "y" * 900 for number in range(60)}
    panel = shown(FakeDesk({OWN: [record(0, **many)]}), bridge, qtbot)
    assert "more fields" in chosen(panel, qtbot, 0).payload.toPlainText()


def test_the_life_of_a_job_leads_from_one_of_its_records_to_another(panel, qtbot):
    shown_record = chosen(panel, qtbot, 100)
    model = shown_record.related.model()
    assert [model.record(at).position for at in range(model.rowCount())] == [99, 100, 101]
    first = shown_record.related.visualRect(model.index(0, 1)).center()
    qtbot.mouseClick(shown_record.related.viewport(), Qt.MouseButton.LeftButton, pos=first)
    qtbot.waitUntil(lambda: shown_record.detail.row.position == 99)
    qtbot.keyClick(shown_record.related, Qt.Key.Key_End)
    qtbot.keyClick(shown_record.related, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown_record.detail.row.position == 101)


def test_a_record_is_copied_as_text_for_a_ticket_and_as_json_for_a_program(panel, qtbot):
    shown_record = chosen(panel, qtbot, 40)
    with qtbot.waitSignal(panel.said):
        qtbot.mouseClick(shown_record.copy_text, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "line 41" in text
    assert "Verdict: intact" in text
    assert "Does not prove" in text
    qtbot.mouseClick(shown_record.copy_json, Qt.MouseButton.LeftButton)
    document = json.loads(QGuiApplication.clipboard().text())
    assert document["payload"]["operator"] == "op-south"
    assert document["timestamp"] == "2026-11-19T07:00:40+00:00"
    assert document["complianceHash"] == document["computedHash"]


def test_a_record_that_left_the_trail_is_not_shown_any_longer(panel, desk, qtbot):
    chosen(panel, qtbot, 40)
    del desk.trails[OWN][:]
    panel.table.selectRow(3)
    qtbot.waitUntil(lambda: panel.record.detail is None)
    assert "no longer has this record" in panel.record.empty.text.text()
    assert not panel.record.copy_text.isEnabled()


# --- growth --------------------------------------------------------------------------------------
def test_new_records_appear_on_top_while_one_stands_there(panel, desk, qtbot):
    desk.grow(record(480))
    qtbot.waitUntil(lambda: panel.model.rowCount() == 481)
    assert panel.table.verticalScrollBar().value() == 0
    assert not panel.filters.newest.isVisible()


def test_what_one_reads_stays_in_its_place_while_the_trail_grows(panel, desk, qtbot):
    chosen(panel, qtbot, 300)
    before = panel.table.visualRect(panel.table.currentIndex()).top()
    desk.grow(*[record(480 + number) for number in range(5)])
    qtbot.waitUntil(lambda: panel.model.rowCount() == 485)
    assert panel.model.record(panel.table.currentIndex().row()).position == 300
    assert panel.table.visualRect(panel.table.currentIndex()).top() == before
    assert panel.filters.newest.text() == "5 new records"
    qtbot.mouseClick(panel.filters.newest, Qt.MouseButton.LeftButton)
    assert panel.table.verticalScrollBar().value() == 0
    assert not panel.filters.newest.isVisible()


def test_without_follow_even_the_top_holds_still(panel, desk, qtbot):
    panel.menus.follow.click()
    desk.grow(record(480))
    qtbot.waitUntil(panel.filters.newest.isVisible)
    assert panel.filters.newest.text() == "1 new record"
