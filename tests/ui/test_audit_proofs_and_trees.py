"""One record in the window: its payload as a tree, and the proof that it is sealed."""

import json

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog

from console.services import audit_desk as events
from console.ui.models.payload_tree import MOST_CHILDREN, PayloadTree, read_tree
from tests.ui.audit_samples import chosen, record, shown
from tests.ui.fake_desk import OWN, FakeDesk


@pytest.fixture
def desk():
    lines = [record(n, deep={"list": [1, {"x": None}]}, big=10**30 + n) for n in range(9)]
    return FakeDesk({OWN: [*lines, b"junk"]})


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


def tree(value, qtbot):
    model = PayloadTree()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_value(read_tree(value if isinstance(value, str) else json.dumps(value)))
    return model


def rows(model, parent=QModelIndex()):  # noqa: B008 - Qt's own default
    return [
        (model.index(n, 0, parent).data(), model.index(n, 1, parent).data())
        for n in range(model.rowCount(parent))
    ]


def test_a_payload_is_read_as_a_tree_with_its_numbers_as_they_stand(qtbot):
    model = tree('{"a": 1e400, "b": 1.50, "c": 18446744073709551616, "d": NaN, "e": "é\\n", '
                 '"f": null, "g": true, "h": [], "i": {}, "j": [1], "k": {"x": 2}}', qtbot)  # fmt: skip
    assert rows(model) == [
        ("a", "1e400"), ("b", "1.50"), ("c", "18446744073709551616"), ("d", "NaN"), ("e", '"é[U+000A]"'),
        ("f", "null"), ("g", "true"), ("h", "[]"), ("i", "{}"), ("j", "1 value"), ("k", "1 key"),
    ]  # fmt: skip
    assert rows(model, model.index(9, 0)) == [("[0]", "1")]
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Value"


def test_of_very_many_values_the_first_are_shown_and_the_others_counted(qtbot):
    model = tree({"a": list(range(MOST_CHILDREN + 500))}, qtbot)
    below = rows(model, model.index(0, 0))
    assert len(below) == MOST_CHILDREN + 1
    assert below[-1][0] == "500 more"
    assert rows(tree("[7]", qtbot)) == [("[0]", "7")]
    assert rows(tree("7", qtbot)) == [("payload", "7")]


def test_the_tree_is_shown_where_the_payload_can_be_read_and_the_text_else(panel, qtbot):
    card = chosen(panel, qtbot, 3)
    card.view.segment("tree").click()
    assert card.tree.isVisible()
    assert not card.payload.isVisible()
    low = card.tree.height()
    deep = next(
        index for n in range(9) if (index := card.tree.model().index(n, 0)).data() == "deep"
    )
    card.tree.collapse(deep)
    assert card.tree.height() < low
    card = chosen(panel, qtbot, 9)
    assert card.payload.isVisible()
    card = chosen(panel, qtbot, 3)
    card.view.segment("json").click()
    assert not card.tree.isVisible()
    assert '"big"' in card.payload.toPlainText()


def test_text_nested_beyond_all_measure_is_no_tree():
    with pytest.raises(ValueError, match=r"deeply|Expecting"):
        read_tree("[" * 100_000)


def test_a_proof_is_made_when_asked_for_copied_and_saved(panel, desk, qtbot, tmp_path):
    proof = chosen(panel, qtbot, 4).proof
    assert not proof.copy.isVisible()
    proof.make.click()
    assert desk.asked[-1] == ("prove", 4)
    assert not proof.make.isEnabled()
    desk.hub.tell(events.RecordProved(3, 9, b"of another"))
    assert not proof.copy.isVisible()
    desk.hub.tell(events.RecordProved(4, 9, b"c2sp.org/tlog-proof@v1\n"))
    assert proof.said.text().startswith("Index 4 of the 9 records")
    said: list[str] = []
    panel.said.connect(said.append)
    proof.copy.click()
    assert QGuiApplication.clipboard().text() == "c2sp.org/tlog-proof@v1\n"
    proof.save.click()
    dialog = panel.window().findChild(QFileDialog, "audit_proof_to")
    dialog.fileSelected.emit(str(tmp_path / "one.tlog-proof"))
    dialog.close()
    assert desk.asked[-1] == ("save", tmp_path / "one.tlog-proof", 4, b"c2sp.org/tlog-proof@v1\n")
    assert said == ["Proof copied", f"Proof written to {tmp_path / 'one.tlog-proof'}"]
    proof = chosen(panel, qtbot, 5).proof
    assert proof.make.isVisible()
    assert not proof.copy.isVisible()


def test_a_record_that_cannot_be_proved_says_why_and_may_be_tried_again(panel, desk, qtbot):
    proof = chosen(panel, qtbot, 4).proof
    proof.make.click()
    desk.hub.tell(events.AuditFailed("Nothing can be proved of this trail."))
    assert "Nothing can be proved" in panel.failure.text.text()
    assert proof.make.isEnabled()
