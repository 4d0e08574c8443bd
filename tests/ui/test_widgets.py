from datetime import UTC, datetime, timedelta, timezone

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSettings, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit

from console.ui import times
from console.ui.theme import DARK, LIGHT, apply_theme
from console.ui.widgets.badge import BADGE_ROLE, Badge, BadgeDelegate, look
from console.ui.widgets.banner import Banner
from console.ui.widgets.card import Card
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.slot_bar import SlotBar
from console.ui.widgets.table_view import TableView
from console.ui.widgets.text import ElidedLabel, FieldLabel, label, set_role
from console.ui.widgets.timeline import Timeline


class Plain(QAbstractTableModel):
    """Three columns, `rows` rows; the second column has badges."""

    def __init__(self, rows=5):
        super().__init__()
        self.rows = rows

    def rowCount(self, _parent=None):  # noqa: N802 - Qt's name
        return self.rows

    def columnCount(self, _parent=None):  # noqa: N802 - Qt's name
        return 3

    def headerData(self, section, _orientation, role=Qt.ItemDataRole.DisplayRole):  # noqa: N802 - Qt's name
        return f"C{section}" if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{index.row()},{index.column()}"
        if role == BADGE_ROLE and index.column() == 1:
            return look("accepted")
        return None


@pytest.fixture
def table(qtbot):
    view = TableView("plain", "Plain table")
    view.model_kept = Plain()  # type: ignore[attr-defined]
    view.setModel(view.model_kept)  # type: ignore[attr-defined]
    view.set_columns([80, 90, 100])
    view.setItemDelegateForColumn(1, BadgeDelegate(view))
    view.resize(400, 300)
    qtbot.addWidget(view)
    view.show()
    return view


def colours(widget):
    image = widget.grab().toImage()
    return {
        QColor(image.pixel(x, y)).name()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }


def test_enter_and_a_double_click_open_a_row(table, qtbot):
    table.setCurrentIndex(table.model().index(2, 0))
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args[0].row() == 2
    with qtbot.waitSignal(table.opened) as opened:
        table.doubleClicked.emit(table.model().index(3, 1))
    assert opened.args[0].row() == 3


def test_enter_on_an_empty_table_opens_nothing(table, qtbot):
    with qtbot.assertNotEmitted(table.opened):
        table._open(QModelIndex())


def test_home_and_end_go_to_the_first_and_last_row(table, qtbot):
    table.setCurrentIndex(table.model().index(2, 0))
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().row() == 4
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert table.currentIndex().row() == 0


def test_hidden_columns_come_back_as_they_were_left(table, tmp_path, qtbot):
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    table.remember(settings)
    table.setColumnWidth(0, 133)
    menu = table.columns_menu()
    next(a for a in menu.actions() if a.text() == "C1").trigger()
    table.save_columns()
    again = TableView("plain", "Plain table")
    qtbot.addWidget(again)
    model = Plain()
    again.setModel(model)
    again.set_columns([80, 90, 100])
    again.remember(settings)
    assert again.isColumnHidden(1)
    assert again.columnWidth(0) == 133


def test_columns_of_another_version_are_not_restored(table, tmp_path, qtbot):
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    table.remember(settings)
    table.setColumnWidth(0, 133)
    table.save_columns()
    settings.setValue("tables/plain/titles", ["other", "columns"])
    again = TableView("plain", "Plain table")
    qtbot.addWidget(again)
    model = Plain()
    again.setModel(model)
    again.set_columns([80, 90, 100])
    again.remember(settings)
    assert again.columnWidth(0) == 80


def test_the_last_visible_column_cannot_be_hidden_and_a_reset_brings_all_back(table):
    for title in ("C0", "C1"):
        next(a for a in table.columns_menu().actions() if a.text() == title).trigger()
    last = next(a for a in table.columns_menu().actions() if a.text() == "C2")
    assert not last.isEnabled()
    table.horizontalHeader().moveSection(2, 0)
    next(a for a in table.columns_menu().actions() if a.text() == "Reset columns").trigger()
    assert [table.isColumnHidden(c) for c in range(3)] == [False, False, False]
    assert table.horizontalHeader().visualIndex(0) == 0
    assert table.columnWidth(0) == 80


def test_the_row_under_the_mouse_is_marked_and_unmarked(table, qtbot):
    table._hover(1)
    assert LIGHT.hover in colours(table.viewport())
    table._hover(-1)
    assert LIGHT.hover not in colours(table.viewport())


def test_the_row_with_the_keyboard_is_marked(table, qtbot):
    table.window().activateWindow()
    table.setCurrentIndex(table.model().index(1, 0))
    table.setFocus()
    qtbot.waitUntil(table.hasFocus, timeout=2000)
    assert LIGHT.accent in colours(table.viewport())


def test_a_badge_says_its_word_to_screen_readers_and_keeps_it_in_the_dark(qapp, qtbot):
    badge = Badge("review")
    qtbot.addWidget(badge)
    assert badge.accessibleName() == "review"
    assert LIGHT.bad_tint in colours(badge)
    apply_theme(qapp, "dark")
    assert DARK.bad_tint in colours(badge)


def test_an_unknown_state_keeps_its_word():
    assert look("waiting for input").word == "waiting for input"
    assert look("").word == "unknown"


def test_a_banner_says_its_level_in_words_and_can_be_closed(qtbot):
    banner = Banner("warning", "17 jobs waited", "Choose")
    qtbot.addWidget(banner)
    banner.show()
    assert banner.accessibleName() == "Warning: 17 jobs waited"
    with qtbot.waitSignal(banner.acted):
        banner.action.click()
    with qtbot.waitSignal(banner.closed):
        banner.close_button.click()
    assert not banner.isVisible()


@pytest.mark.parametrize(
    ("used", "limit", "words"),
    [
        (23, 50, "23 of 50 slots"),
        (50, 50, "50 of 50 slots, full"),
        (61, 50, "61 of 50 slots, full"),
        (0, 50, "0 of 50 slots"),
        (None, 50, "unknown of 50 slots"),
        (None, 0, "no reading yet"),
    ],
)
def test_slots_are_told_in_words_beside_the_bar(qtbot, used, limit, words):
    bar = SlotBar()
    qtbot.addWidget(bar)
    bar.set_slots(used, limit)
    assert bar.words.text() == words
    assert bar.accessibleName() == words
    full = used is not None and limit > 0 and used >= limit
    assert (LIGHT.bad in colours(bar)) == full


@pytest.fixture
def choices(qtbot):
    row = Segmented([("y", "Yes"), ("n", "No"), ("u", "Unset")], name="s", accessible="Callback")
    qtbot.addWidget(row)
    row.show()
    return row


def test_one_tab_stop_leads_into_the_choices_and_arrows_move_among_them(choices, qtbot):
    choices.segment("y").setFocus()
    heard: list[str] = []
    choices.chosen.connect(heard.append)
    qtbot.keyClick(choices.segment("y"), Qt.Key.Key_Right)
    qtbot.keyClick(choices.segment("n"), Qt.Key.Key_Left)
    qtbot.keyClick(choices.segment("y"), Qt.Key.Key_Left)
    assert heard == ["n", "y", "u"]
    assert choices.value() == "u"
    stops = [key for key in "ynu" if choices.segment(key).focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == ["u"]


def test_choosing_by_program_or_again_tells_nobody(choices, qtbot):
    with qtbot.assertNotEmitted(choices.chosen):
        choices.set_value("n")
        choices.segment("n").click()
    assert choices.value() == "n"
    assert choices.segment("n").accessibleName() == "Callback: No"


def test_a_title_is_the_buddy_of_its_field(qtbot):
    field = QLineEdit()
    title = FieldLabel("R&D id", "string", field)
    qtbot.addWidget(title)
    qtbot.addWidget(field)
    assert title.title.buddy() is field
    assert field.accessibleName() == "R&D id"
    assert title.title.text() == "R&&D id"
    title.set_hint("integer")
    assert title.hint.text() == "integer"


def test_text_that_is_cut_is_whole_in_its_tool_tip(qtbot):
    words = ElidedLabel("a rather long text that cannot fit in the room it has")
    qtbot.addWidget(words)
    words.resize(80, 20)
    words.show()
    assert words.toolTip() == words.text()
    words.setText("short")
    assert words.toolTip() == ""


def test_a_label_changes_its_role_at_once(qtbot):
    words = label("x", "muted")
    qtbot.addWidget(words)
    words.ensurePolished()
    set_role(words, "error")
    assert words.palette().color(words.foregroundRole()).name() == LIGHT.bad


def test_a_card_keeps_its_footer_at_the_foot(qtbot):
    card = Card("Trigger", "callback")
    qtbot.addWidget(card)
    row = card.footer_row()
    assert card.footer_row() is row
    card.set_subtitle("refund")
    assert card.subtitle.text() == "refund"
    assert card.accessibleName() == "Trigger"


def test_an_empty_part_says_what_to_do_next(qtbot):
    empty = EmptyState("queue", "No jobs yet", "Trigger one.", "Open the form")
    qtbot.addWidget(empty)
    with qtbot.waitSignal(empty.acted):
        empty.action.click()
    empty.say("Nothing found")
    assert not empty.action.isVisibleTo(empty)


def test_a_timeline_shown_again_is_left_alone(qtbot):
    lines = Timeline("t", "T")
    qtbot.addWidget(lines)
    at = datetime(2026, 11, 20, 10, 41, 7, tzinfo=UTC)
    lines.show_lines([(at, "queued", "by op"), (None, "ended", "not\u202eyet")])
    ground = lines.widget()
    assert ground is not None
    lines.show_lines([(at, "queued", "by op"), (None, "ended", "not\u202eyet")])
    assert lines.widget() is ground
    texts = [w.text() for w in ground.findChildren(type(label()))]
    assert "not yet" in texts
    assert "not[U+202E]yet" in texts


NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0:00"), (9.9, "0:09"), (75, "1:15"), (3600, "1:00:00"), (90061, "25:01:01")],
)
def test_lengths_of_time_read_like_a_clock(seconds, text):
    assert times.duration_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s"), (59, "59 s"), (3300, "55 min"), (7200, "2 h"), (2e5, "2 d")]
)
def test_rough_lengths_have_one_unit(seconds, text):
    assert times.rough_text(seconds) == text


def test_times_of_other_days_carry_their_date():
    assert times.near_text(NOON, NOON) == times.clock_text(NOON)
    assert times.near_text(NOON - timedelta(days=3), NOON).startswith("2026-11-17 ")
    assert times.near_text(None, NOON) == ""
    assert times.stamp_text(None) == times.clock_text(None) == times.utc_text(None) == ""


def test_utc_is_told_as_iso_whatever_zone_the_time_came_in():
    zone = timezone(timedelta(hours=5, minutes=30))
    assert times.utc_text(NOON.astimezone(zone)) == "2026-11-20T12:00:00Z"


@pytest.mark.parametrize(
    ("zone", "text"),
    [("UTC", "UTC"), ("Europe/Berlin", "UTC+1"), ("Asia/Kolkata", "UTC+5:30"), ("EST5", "UTC-5")],
)
def test_the_local_zone_is_named_by_its_offset(monkeypatch, zone, text):
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert times.offset_text(NOON) == text
    finally:
        monkeypatch.undo()
        time.tzset()
