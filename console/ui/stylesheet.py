"""One style sheet for the whole program, generated from the tokens.

Buttons are dressed by the dynamic property `role` (primary, secondary, danger, quiet, link);
labels by `role` (title, heading, muted, small, error, mono); frames by class name (Card, Drawer…).
Cells of tables get their padding here and nothing else: colours come from the palette.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from console.resources import resource_path

if TYPE_CHECKING:
    from console.ui.theme import Tokens

_SHEET: Final = Template("""
QToolTip { background: $panel; color: $text; border: 1px solid $edge; padding: 4px 6px; }
QMainWindow, QDialog { background: $bg; }
Question, CommandPalette { background: $panel; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: 20px; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: 12px; }
QLabel[role="error"] { color: $bad; font-size: 12px; }
QLabel[role="ok"] { color: $ok; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="link"] { color: $accent; }

Card { background: $panel; border: 1px solid $line; border-radius: 8px; }
CardHeader { background: transparent; border: none; border-bottom: 1px solid $line; }
CardFooter { background: transparent; border: none; border-top: 1px solid $line; }
Drawer { background: $panel; border: none; border-top: 1px solid $line; }
SideDrawer { background: $panel; border: none; border-left: 1px solid $line; }
Well { background: $sunken; border: 1px solid $line; border-radius: 6px; }
TopBar { background: $panel; border: none; border-bottom: 1px solid $line; }
StatusLine { background: $panel; border: none; border-top: 1px solid $line; }
StatusLine QLabel, TopBar QLabel[role="muted"] { color: $muted; font-size: 12px; }
TopBar QLabel[role="error"], TopBar QLabel[role="warn"] { font-size: 12px; font-weight: 600; }
Rail { background: $panel; border: none; border-right: 1px solid $line; }

QPushButton, QToolButton[role="secondary"] {
  background: $panel; color: $text; border: 1px solid $edge; border-radius: 6px;
  padding: 5px 12px; min-height: 18px; }
QPushButton:hover, QToolButton[role="secondary"]:hover { background: $hover; }
QPushButton:pressed { background: $select; }
QPushButton:focus, QToolButton[role="secondary"]:focus {
  border: 2px solid $accent; padding: 4px 11px; }
QPushButton:disabled { color: $edge; border-color: $line; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent;
  font-weight: 600; padding: 7px 14px; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $ring; padding: 6px 13px; }
QPushButton[role="primary"]:disabled { background: $neutral_tint; color: $muted;
  border-color: $line; }
QPushButton[role="danger"] { color: $bad; }
QPushButton[role="danger"]:hover { background: $bad_tint; border-color: $bad; }
QPushButton[role="danger"]:disabled { color: $edge; }
QPushButton[role="quiet"] { background: transparent; border-color: transparent; color: $muted;
  padding: 5px 8px; }
QPushButton[role="quiet"]:hover { background: $hover; color: $text; }
QPushButton[role="quiet"]:focus { border: 2px solid $accent; padding: 4px 7px; }
QPushButton[role="quiet"]::menu-indicator { image: url("$art/chevron-down.svg"); width: 14px;
  height: 14px; subcontrol-origin: padding; subcontrol-position: right center; right: 4px; }
QPushButton[role="quiet"][menu="true"] { padding-right: 20px; }
QPushButton[role="quiet"][menu="true"]:focus { padding-right: 19px; }
QPushButton[role="search"] { color: $muted; text-align: left; padding: 5px 9px;
  font-weight: 400; }
QPushButton[role="search"]:focus { padding: 4px 8px; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: $accent;
  padding: 2px 4px; text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 2px solid $accent; padding: 1px 3px; }
QPushButton[role="link"]:disabled { color: $edge; }
QPushButton[role="fix"] { background: transparent; border: 1px solid transparent; color: $bad;
  padding: 2px 4px; text-align: left; }
QPushButton[role="fix"]:hover { text-decoration: underline; }
QPushButton[role="fix"]:focus { border: 2px solid $accent; padding: 1px 3px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px;
  padding: 4px; color: $muted; }
QToolButton:hover { background: $hover; color: $text; }
QToolButton:checked { background: $select; color: $accent; }
QToolButton:focus { border: 2px solid $accent; padding: 3px; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="tiny"] { padding: 0; border: none; border-radius: 3px; }

Rail QToolButton { border-radius: 0; border: none; border-left: 3px solid transparent;
  padding: 8px 3px 8px 0; color: $muted; font-size: 12px; min-width: 64px; max-width: 64px; }
Rail QToolButton:hover { background: $hover; color: $text; }
Rail QToolButton:checked { background: $select; color: $accent; border-left-color: $accent; }
Rail QToolButton:focus { border: 2px solid $accent; border-left-width: 3px;
  padding: 6px 1px 6px 0; }

QPushButton[segment="true"] { border-radius: 0; border: 1px solid $edge; border-left-width: 0;
  padding: 3px 12px; min-height: 18px; font-weight: 400; }
QPushButton[segment="true"][first="true"] { border-left-width: 1px;
  border-top-left-radius: 6px; border-bottom-left-radius: 6px; }
QPushButton[segment="true"][last="true"] { border-top-right-radius: 6px;
  border-bottom-right-radius: 6px; }
QPushButton[segment="true"]:checked { background: $accent; color: $on_accent;
  border-color: $accent; }
QPushButton[segment="true"]:focus { border: 2px solid $accent; padding: 2px 10px 2px 11px; }
QPushButton[segment="true"]:checked:focus { border: 2px solid $ring; }
QPushButton[segment="true"][unset="true"]:checked { background: $neutral_tint; color: $text;
  border-color: $edge; }
QPushButton[segment="true"]:disabled { color: $edge; border-color: $line; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox {
  background: $panel; color: $text; border: 1px solid $edge; border-radius: 6px;
  padding: 5px 9px; selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit, QTextEdit { padding: 4px 6px; }
QLineEdit:focus, QComboBox:focus, QComboBox:on, QAbstractSpinBox:focus {
  border: 2px solid $accent; padding: 4px 8px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 3px 5px; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QTextEdit[invalid="true"],
QComboBox[invalid="true"], QAbstractSpinBox[invalid="true"] { border: 1px solid $bad; }
QLineEdit[invalid="true"]:focus, QComboBox[invalid="true"]:focus { border: 2px solid $bad; }
QLineEdit:disabled, QComboBox:disabled, QPlainTextEdit:disabled { background: $sunken;
  color: $edge; border-color: $line; }
QLineEdit[readOnly="true"], QPlainTextEdit[readOnly="true"], QTextEdit[readOnly="true"] {
  background: $sunken; border-color: $line; }
QLineEdit[role="bare"], QLineEdit[role="bare"]:focus { background: transparent; border: none;
  padding: 0; }
QComboBox { padding-right: 24px; min-height: 18px; }
QAbstractSpinBox { min-height: 18px; }
QComboBox[role="unset"] { color: $muted; }
QComboBox:focus, QComboBox:on { padding-right: 23px; }
QComboBox::drop-down { border: none; width: 22px; subcontrol-position: right center; }
QComboBox::down-arrow { image: url("$art/chevron-down.svg"); width: 14px; height: 14px; }
QComboBox QLineEdit, QComboBox QLineEdit:focus { border: none; padding: 0;
  background: transparent; }
QComboBox QAbstractItemView, QListView[role="popup"] { background: $panel; color: $text;
  border: 1px solid $edge; border-radius: 6px; outline: 0; padding: 4px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 20px;
  background: transparent; }
QAbstractSpinBox::up-arrow { image: url("$art/chevron-up.svg"); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: url("$art/chevron-down.svg"); width: 12px; height: 12px; }

QDateTimeEdit::drop-down { border: none; width: 22px; subcontrol-position: right center; }
QDateTimeEdit::down-arrow { image: url("$art/chevron-down.svg"); width: 14px; height: 14px; }
QAbstractSpinBox:disabled { background: $sunken; color: $edge; border-color: $line; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px;
  border: 1px solid $edge; background: $panel; border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
  image: url("$art/check.svg"); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent;
  image: url("$art/dash.svg"); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent;
  image: url("$art/dot.svg"); }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent;
  width: 12px; height: 12px; }
QCheckBox::indicator:checked:focus, QRadioButton::indicator:checked:focus {
  border: 2px solid $ring; }

QTableView, QListView, QTreeView { background: $panel; color: $text; border: none; outline: 0; }
QTableView::item { padding: 0 5px; }
QListView[role="choices"]::item { min-height: 28px; padding: 0 8px; }
QListView[role="choices"]::item:selected { background: $select; color: $text; }
QListView[role="choices"]::indicator { width: 14px; height: 14px; border: 1px solid $edge;
  background: $panel; border-radius: 4px; }
QListView[role="choices"]::indicator:checked { background: $accent; border-color: $accent;
  image: url("$art/check.svg"); }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $muted; font-size: 12px; border: none;
  border-bottom: 1px solid $line; padding: 0 8px; height: 32px; }
QHeaderView::section:hover { color: $text; }
QHeaderView::up-arrow { image: url("$art/chevron-up.svg"); width: 10px; height: 10px;
  subcontrol-position: top center; subcontrol-origin: padding; }
QHeaderView::down-arrow { image: url("$art/chevron-down.svg"); width: 10px; height: 10px;
  subcontrol-position: top center; subcontrol-origin: padding; }
QTableCornerButton::section { background: $panel; border: none; }

QSplitter::handle { background: transparent; }
QSplitter::handle:horizontal:hover { background: $line; margin: 0 5px; }
QSplitter::handle:vertical:hover { background: $line; margin: 5px 0; }
QScrollArea, QScrollArea > QWidget > QWidget[role="clear"] { background: transparent;
  border: none; }
QScrollArea[stop="true"] { border: 2px solid transparent; border-radius: 6px; }
QScrollArea[stop="true"]:focus { border-color: $accent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: 4px; }
QScrollBar::handle:vertical { min-height: 28px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 28px; margin: 2px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenu { background: $panel; color: $text; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 10px; border-radius: 4px; }
QMenu::item:selected { background: $select; }
QMenu::item:disabled { color: $edge; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QMenu::indicator { width: 14px; height: 14px; margin-left: 6px; }
QMenu::indicator:checked { image: url("$art/tick.svg"); }
QProgressBar { background: $neutral_tint; border: none; border-radius: 4px; max-height: 8px;
  text-align: center; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QTabBar::tab { padding: 6px 12px; color: $muted; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
""")


def style_sheet(tokens: Tokens) -> str:
    """Return the program's QSS in the colours of `tokens`."""
    art = resource_path("themes", "dark" if tokens.dark else "light").as_posix()
    colours = {name: value for name, value in vars(tokens).items() if isinstance(value, str)}
    return _SHEET.substitute(colours, art=art)
