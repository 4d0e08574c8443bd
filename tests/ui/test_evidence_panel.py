"""The Export menu of the Audit page: four kinds, progress with Cancel, and a yes before values go."""

import pytest
from PySide6.QtWidgets import QFileDialog

from console.services import audit_desk as events
from console.ui.dialogs.export_strip import DiscloseValues, ExportStrip
from tests.ui.audit_samples import records, shown
from tests.ui.fake_desk import OWN, FakeDesk


@pytest.fixture
def desk():
    return FakeDesk({OWN: records(480)})


@pytest.fixture
def panel(bridge, qtbot, desk):
    return shown(desk, bridge, qtbot)


def entries(panel):
    return {a.objectName(): a for a in panel.menus.export_menu.actions()}


def choose(panel, path):
    dialog = panel.findChild(QFileDialog, "audit_export_to")
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_the_menu_offers_table_lines_report_and_evidence(panel):
    assert list(entries(panel)) == [
        "audit_export_csv",
        "audit_export_jsonl",
        "audit_export_pdf",
        "audit_export_zip",
        "audit_export_zip_values",
    ]


@pytest.mark.parametrize("kind", ["pdf", "zip"])
def test_a_report_or_a_bundle_is_written_where_one_chooses_without_values(
    panel, desk, qtbot, tmp_path, kind
):
    entries(panel)[f"audit_export_{kind}"].trigger()
    with qtbot.waitSignal(panel.said) as said:
        choose(panel, tmp_path / f"out.{kind}")
    assert ("export", tmp_path / f"out.{kind}", kind) in desk.asked
    assert "480 records written" in said.args[0]


def test_values_go_out_only_after_a_yes_and_only_of_our_own_trail(panel, desk, tmp_path):
    action = entries(panel)["audit_export_zip_values"]
    assert action.isVisible()
    action.trigger()
    question = panel.findChild(DiscloseValues)
    question.cancel_button.click()
    assert panel.findChild(QFileDialog, "audit_export_to") is None
    action.trigger()
    question = panel.findChildren(DiscloseValues)[-1]
    assert "in clear" in question.text.text()
    question.answer_button.click()
    choose(panel, tmp_path / "out.zip")
    assert ("export", tmp_path / "out.zip", "zip", "disclose") in desk.asked
    panel.menus.set_trail(tmp_path, own=False)
    assert not action.isVisible()


def test_progress_is_shown_with_a_way_to_stop_and_no_second_export_begins(
    panel, desk, qtbot, tmp_path
):
    desk.hold = True
    entries(panel)["audit_export_zip"].trigger()
    choose(panel, tmp_path / "out.zip")
    strip = panel.findChild(ExportStrip)
    assert not strip.isHidden()
    assert not panel.menus.export.isEnabled()
    desk.hub.tell(events.ExportProgress(120, 480))
    assert strip.words.text() == "Exporting: 25 %"
    assert strip.accessibleName() == "Exporting: 25 %"
    assert strip.progress.value() == 250
    with qtbot.waitSignal(panel.said) as said:
        strip.cancel.click()
    assert ("cancel export",) in desk.asked
    assert said.args == ["Export cancelled; nothing was written"]
    assert strip.isHidden()
    assert panel.menus.export.isEnabled()


def test_what_stands_in_the_way_is_told_and_the_verdict_stays(panel, desk, tmp_path):
    desk.hold = True
    entries(panel)["audit_export_zip"].trigger()
    choose(panel, tmp_path / "out.zip")
    desk.hub.tell(events.ExportFailed("The disk is full."))
    assert panel.failure.isVisibleTo(panel)
    assert panel.menus.export.isEnabled()
    assert panel.findChild(ExportStrip).isHidden()
