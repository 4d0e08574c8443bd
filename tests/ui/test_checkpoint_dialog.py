"""The checkpoint leaves the window: copied, printed, mailed, read by a phone; and the key is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QMenu, QPlainTextEdit, QPushButton, QWidget

from console.domain.anchor import Held, PlaceKind
from console.domain.anchor_qr import qr_modules, terminal_lines, with_quiet
from console.domain.errors import EnvironmentProblem
from console.services.events import TrailAnchored
from console.ui.dialogs.checkpoint import CheckpointDialog
from console.ui.dialogs.checkpoint_actions import NARROW_PX, NOTHING, TIGHT_PX, SealActions
from console.ui.dialogs.checkpoint_paper import draw, mail_url
from console.ui.dialogs.checkpoint_qr import QrCode, paint_modules
from console.ui.dialogs.confirm import AskReason
from console.ui.dialogs.palette import CommandPalette
from tests.ui.fake_commands import NOON
from tests.ui.fake_seal import SHOWN, FakeSeal


@pytest.fixture
def seal():
    return FakeSeal()


@pytest.fixture
def ground(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def actions(seal, ground):
    return SealActions(seal, ground)


@pytest.fixture
def told(actions):
    """What is said, as (level, text)."""
    heard: list[tuple[str, str]] = []
    actions.said.connect(lambda level, text: heard.append((level, text)))
    return heard


@pytest.fixture
def dialog(actions, ground):
    actions.show_checkpoint()
    (found,) = ground.findChildren(CheckpointDialog)
    return found


def test_the_note_stands_there_as_it_is_signed_with_its_key_and_when_it_was_anchored(dialog):
    assert dialog.note.toPlainText() == SHOWN.note
    assert dialog.key.text() == SHOWN.key
    assert dialog.anchored.text() == SHOWN.anchored
    assert dialog.isModal()
    assert dialog.code.isVisible()


def test_it_is_copied_byte_for_byte(dialog, told):
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == SHOWN.note
    assert told == [("info", "Checkpoint copied")]


@pytest.mark.parametrize("taken", [True, False])
def test_a_mail_carries_the_note_and_the_key_whole(dialog, told, monkeypatch, taken):
    opened = []

    def open_url(url):
        opened.append(url)
        return taken

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    dialog.mail.click()
    [url] = opened
    assert url == mail_url(SHOWN)
    address = urlsplit(bytes(url.toEncoded()).decode())
    assert (address.scheme, address.path) == ("mailto", "")
    body = unquote(dict(part.split("=", 1) for part in address.query.split("&"))["body"])
    assert SHOWN.note in body.replace("\r\n", "\n")
    assert f"Key: {SHOWN.key}" in body
    assert parse_qs(address.query)["subject"] == ["Checkpoint of an audit trail"]
    assert (told == []) is taken
    if not taken:
        assert told[0][0] == "warning"


@pytest.mark.qt_log_ignore("QPainter::begin", "This plugin does not support", extend=True)
def test_it_is_printed_on_one_page_and_a_printer_that_refuses_is_told(dialog, told, tmp_path):
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "page.pdf"))
    dialog.print_on(printer)
    content = (tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") == 1
    printer.setOutputFileName(str(tmp_path / "none" / "page.pdf"))
    dialog.print_on(printer)
    assert [level for level, _ in told] == ["info", "warning"]


def test_print_asks_for_a_printer_and_may_be_cancelled(dialog, told, qtbot):
    dialog.print.click()
    (asked,) = dialog.findChildren(QPrintDialog)
    assert asked.isVisible()
    asked.reject()
    assert told == []


@pytest.mark.qt_log_ignore("QPainter::begin", "This plugin does not support", extend=True)
def test_drawing_on_a_device_that_does_not_begin_is_told(tmp_path):
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "none" / "page.pdf"))
    assert not draw(printer, SHOWN, ())


def test_a_note_too_long_for_a_code_is_printed_without_one(tmp_path):
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "page.pdf"))
    assert draw(printer, replace(SHOWN, note="x" * 5000), ())


def test_anchor_now_is_asked_once_a_dialog(dialog, seal):
    dialog.anchor.click()
    dialog.anchor.click()
    assert seal.asked == [("anchor",)]


def test_without_a_place_anchor_now_is_shut_and_says_what_to_set(ground):
    actions = SealActions(FakeSeal().without_places(), ground)
    actions.show_checkpoint()
    (dialog,) = ground.findChildren(CheckpointDialog)
    assert not dialog.anchor.isEnabled()
    assert "anchor_folder" in dialog.anchor.toolTip()


def test_where_there_is_nothing_or_it_cannot_be_read_that_is_said_and_nothing_opens(
    seal, actions, ground, told
):
    seal.shown = None
    actions.show_checkpoint()
    seal.error = EnvironmentProblem("The checkpoint is not ours")
    actions.show_checkpoint()
    assert told == [("info", NOTHING), ("warning", "The checkpoint is not ours")]
    assert ground.findChildren(CheckpointDialog) == []


def test_a_new_key_needs_a_reason(seal, actions, ground):
    actions.ask_new_key()
    (ask,) = ground.findChildren(AskReason)
    assert not ask.answer_button.isEnabled()
    ask.reason.setText("laptop lost")
    ask.answer_button.click()
    assert seal.asked == [("rotate", "laptop lost")]


# --- the code ------------------------------------------------------------------------------------


def test_the_code_keeps_its_quiet_zone_and_whole_dots(qtbot):
    found = qr_modules(SHOWN.note)
    assert found is not None
    modules = with_quiet(found)
    size = len(modules)
    assert all(len(row) == size for row in modules)
    for edge in (*modules[:4], *modules[-4:]):
        assert not any(edge)
    image = QImage(3 * size + 2, 3 * size + 2, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_modules(painter, modules, QRectF(image.rect()))
    painter.end()
    for y in range(size):
        for x in range(size):
            seen = {image.pixelColor(1 + 3 * x + i, 1 + 3 * y + i).lightness() for i in range(3)}
            assert seen == {0 if modules[y][x] else 255}


def test_until_its_code_is_made_the_dialog_shows_an_empty_square(
    actions, ground, seal, monkeypatch
):
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(seal, "code", lambda *asked: made.append(asked))
    actions.show_checkpoint()
    (dialog,) = ground.findChildren(CheckpointDialog)
    assert dialog.code.isVisible()
    dialog.grab()
    dialog.show_code("another note", None)
    assert dialog.code.isVisible()
    [(note, answered)] = made
    assert note == SHOWN.note
    assert callable(answered)
    answered(qr_modules(SHOWN.note))
    assert dialog.code.modules


def test_a_code_that_comes_after_the_dialog_was_closed_is_no_trouble(
    actions, ground, seal, monkeypatch, qtbot
):
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(seal, "code", lambda *asked: made.append(asked))
    actions.show_checkpoint()
    (dialog,) = ground.findChildren(CheckpointDialog)
    with qtbot.waitSignal(dialog.destroyed):
        dialog.accept()
    [(_, answered)] = made
    assert callable(answered)
    answered(qr_modules(SHOWN.note))


def test_a_text_too_long_has_no_code(qtbot, ground):
    code = QrCode("A code", ground)
    code.show()
    code.set_modules(qr_modules("x" * 5000))
    assert not code.isVisible()


def test_in_a_terminal_two_rows_share_a_line():
    modules = qr_modules("cxone")
    assert modules is not None
    lines = terminal_lines(modules)
    assert len(lines) == (len(modules) + 8 + 1) // 2
    assert {len(line) for line in lines} == {len(modules) + 8}
    assert set("".join(lines)) <= set(" \u2580\u2584\u2588")
    assert set(lines[0]) == {"\u2588"}
    assert len(terminal_lines(((True, False), (False, True)))) == 5


# --- where it is found ---------------------------------------------------------------------------


def test_the_menu_has_all_three_and_fits_its_header(actions, ground, seal):
    menu = actions.menu_for(ground)
    shown = []
    for width in (TIGHT_PX - 1, TIGHT_PX, NARROW_PX):
        ground.resize(width, 50)
        shown.append((not menu.made.isHidden(), menu.made.text()))
    assert shown == [(False, ""), (True, ""), (True, "Seal")]
    menu.set_own(own=False)
    assert menu.made.isHidden()
    menu.set_own(own=True)
    assert not menu.made.isHidden()
    found = menu.made.menu()
    assert isinstance(found, QMenu)
    names = [action.objectName() for action in found.actions()]
    assert names == ["seal_checkpoint", "seal_anchor", "seal_new_key"]
    found.actions()[1].trigger()
    assert seal.asked == [("anchor",)]
    menu.made.deleteLater()


def test_the_palette_offers_them_once_the_services_run(window, seal):
    def titles():
        window.open_palette()
        palette = window.findChildren(CommandPalette)[-1]
        found = [entry.title for entry in palette._shown]
        palette.reject()
        return found

    assert not any("signing key" in title for title in titles())
    window.use_seal(SealActions(seal, window))
    assert {"Show the checkpoint\u2026", "Anchor the checkpoint now"} <= set(titles())


def test_what_comes_of_it_is_a_banner_where_it_matters_else_a_passing_word(window, seal):
    actions = SealActions(seal, window)
    window.use_seal(actions)
    actions.said.emit("info", "Checkpoint copied")
    assert window.toast.text.text() == "Checkpoint copied"
    actions.said.emit("warning", "No mail program")
    assert window.notices.texts() == ["No mail program"]


def test_the_status_bar_says_when_the_trail_was_last_anchored_outside(window, commands):
    line = window.status_line
    commands.tell(TrailAnchored(None, 0))
    assert line.anchored.text() == "Not anchored outside"
    assert "anchor_folder" in line.anchored.toolTip()
    commands.tell(TrailAnchored(None, 2))
    assert line.anchored.text() == "Not yet anchored outside"
    held = Held(PlaceKind.FOLDER, "/mnt/witness", "o", 4711, "00", NOON - timedelta(days=3))
    commands.tell(TrailAnchored(held, 2))
    assert line.anchored.text().startswith("Anchored outside 20")
    assert line.anchored.toolTip().startswith("4,711 records, /mnt/witness, ")


def test_every_control_of_the_dialog_is_reached_and_named(dialog):
    for kind in (QPushButton, QPlainTextEdit):
        for control in dialog.findChildren(kind):
            assert control.objectName()
            assert control.accessibleName()
