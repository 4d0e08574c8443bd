import pytest
from PySide6.QtCore import QFile
from PySide6.QtGui import QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QPushButton

from console.resources import resource_path
from console.ui import icons
from console.ui.theme import (
    DARK,
    LIGHT,
    apply_theme,
    contrast,
    mono_font,
    theme_changed,
    tokens,
    ui_font,
)
from console.ui.widgets.badge import LOOKS


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_every_ground_it_stands_on(look):
    missed = [
        f"{name}: {contrast(front, back):.2f}"
        for name, front, back in look.text_pairs()
        if contrast(front, back) < 4.5
    ]
    assert missed == []


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_outlines_and_focus_rings_stand_out_three_to_one(look):
    missed = [
        f"{name}: {contrast(front, back):.2f}"
        for name, front, back in look.shape_pairs()
        if contrast(front, back) < 3
    ]
    assert missed == []


def test_contrast_is_the_one_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_switching_to_dark_redresses_the_program_and_tells_painted_widgets(qapp, qtbot):
    with qtbot.waitSignal(theme_changed) as told:
        apply_theme(qapp, "dark")
    assert told.args == [DARK]
    assert tokens() is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.bg
    assert DARK.accent in qapp.styleSheet()
    assert LIGHT.accent not in qapp.styleSheet()


def test_asking_for_the_same_theme_again_changes_nothing(qapp, qtbot):
    apply_theme(qapp, "dark")
    with qtbot.assertNotEmitted(theme_changed):
        apply_theme(qapp, "dark")


def test_the_style_sheet_names_only_pictures_that_exist(qapp):
    for scheme in ("light", "dark"):
        apply_theme(qapp, scheme)
        named = [part.split('"')[1] for part in qapp.styleSheet().split("url(")[1:]]
        assert named
        assert [path for path in named if not QFile.exists(path)] == []


def test_text_is_measured_in_pixels_so_that_scaling_is_the_displays_alone(qapp):
    assert ui_font().pixelSize() == 13
    assert mono_font().pixelSize() == 12


def test_every_icon_is_a_picture_that_qt_can_draw():
    files = sorted(resource_path("icons").glob("*.svg"))
    assert len(files) > 40
    for file in files:
        assert QSvgRenderer(str(file)).isValid(), file.name
        assert "currentColor" in file.read_text(encoding="utf-8"), file.name


def test_every_badge_has_a_word_and_an_icon_of_its_own():
    for state, look in LOOKS.items():
        assert look.word, state
        assert resource_path("icons", f"{look.icon}.svg").exists(), state


def test_a_buttons_icon_follows_the_theme(qapp, qtbot):
    button = QPushButton()
    qtbot.addWidget(button)
    icons.set_icon(button, "pause", "text", size=16)
    light = button.icon().pixmap(16, 16).toImage()
    apply_theme(qapp, "dark")
    dark = button.icon().pixmap(16, 16).toImage()
    assert light != dark


def test_changing_a_buttons_icon_leaves_no_second_one_behind(qapp, qtbot):
    button = QPushButton()
    qtbot.addWidget(button)
    icons.set_icon(button, "pause")
    icons.set_icon(button, "resume")
    shown = button.icon().pixmap(16, 16).toImage()
    apply_theme(qapp, "dark")
    apply_theme(qapp, "light")
    assert button.icon().pixmap(16, 16).toImage() == shown
