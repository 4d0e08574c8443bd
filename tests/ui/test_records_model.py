"""The audit table's model: any number of rows, read as they come into view, still while growing."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from console.domain.audit import Verdict
from console.domain.audit_view import TrailRow
from console.ui.models.records import COLUMNS, PAGE, PAGES_KEPT, RecordsModel, verdict_look
from console.ui.models.related import RelatedModel
from console.ui.widgets.badge import BADGE_ROLE

START = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


def row(position, verdict=Verdict.INTACT, **changes):
    values = {
        "timestamp": START + timedelta(seconds=position),
        "event_type": "WORKFLOW_TRIGGERED",
        "workflow_id": "wf_refund",
        "instance_id": f"inst-{position}",
        "job_id": f"job-{position}",
        "operator": "op-north",
        "reason": "ticket 4711",
        "file": "workflow_audit_20261119.jsonl",
        "line": position + 1,
    }
    return TrailRow(position=position, verdict=verdict, **{**values, **changes})


class Trail:
    """A trail of `count` rows that notes which were asked for."""

    def __init__(self, count):
        self.count = count
        self.hidden = set()
        self.long = set()
        self.reads = []

    def rows(self, offset, limit):
        self.reads.append((offset, limit))
        newest = self.count - 1 - offset
        return [self.row(at) for at in range(newest, max(newest - limit, -1), -1)]

    def row(self, position):
        return row(position, None if position in self.long else Verdict.INTACT)

    def row_of(self, position):
        if position in self.hidden or not 0 <= position < self.count:
            return None
        return self.count - 1 - position


def strict(model):
    tester = QAbstractItemModelTester(
        model, QAbstractItemModelTester.FailureReportingMode.Fatal, model
    )
    assert tester.model() is model
    return model


@pytest.fixture
def trail(qapp):
    return Trail(480)


@pytest.fixture
def model(trail):
    result = strict(
        RecordsModel(trail, lambda workflow_id: {"wf_refund": "Refund approval"}[workflow_id])
    )
    result.reload(trail.count)
    return result


def cell(model, at, column):
    return model.index(at, COLUMNS.index(column)).data()


def instances(model, first=0, last=3):
    return [cell(model, at, "Instance") for at in range(first, last)]


def test_the_newest_record_stands_first_with_its_verdict_as_a_word(model):
    assert instances(model) == ["inst-479", "inst-478", "inst-477"]
    assert cell(model, 0, "Verdict") == "intact"
    assert model.index(0, 0).data(BADGE_ROLE) == verdict_look(Verdict.INTACT)
    assert cell(model, 0, "Workflow") == "Refund approval"
    assert cell(model, 479, "Line") == "1"


def test_the_time_is_local_and_its_hover_is_utc(model):
    # The tests' zone is 5:45 ahead of UTC.
    assert cell(model, 479, "Time") == "2026-11-19 15:45:00"
    hover = model.index(479, COLUMNS.index("Time")).data(Qt.ItemDataRole.ToolTipRole)
    assert hover == "2026-11-19T10:00:00Z"


def test_of_a_million_records_only_the_page_in_view_is_read(qapp):
    trail = Trail(1_000_000)
    model = RecordsModel(trail)
    model.reload(trail.count)
    assert model.rowCount() == 1_000_000
    assert trail.reads == []
    for at in range(500_000, 500_030):
        assert cell(model, at, "Instance") == f"inst-{999_999 - at}"
    assert sum(limit for _, limit in trail.reads) <= 2 * PAGE


def test_scrolling_through_everything_keeps_a_bounded_number_of_pages(qapp):
    trail = Trail(PAGE * (PAGES_KEPT + 40))
    model = RecordsModel(trail)
    model.reload(trail.count)
    for at in range(0, trail.count, PAGE):
        model.record(at)
    assert len(model._cache) == PAGES_KEPT
    asked = len(trail.reads)
    model.record(trail.count - 1)
    assert len(trail.reads) == asked, "the page seen last is still known"


def test_a_page_is_read_once_while_it_is_in_view(model, trail):
    for _ in range(5):
        instances(model, 0, 40)
    assert len(trail.reads) <= 2


def test_records_that_are_added_come_on_top_and_what_was_chosen_stays_chosen(model, trail):
    chosen = QPersistentModelIndex(model.index(2, 0))
    grown: list[int] = []
    model.grew.connect(grown.append)
    trail.count += 3
    model.extend(3)
    model.take_growth()
    assert grown == [3]
    assert instances(model) == ["inst-482", "inst-481", "inst-480"]
    assert chosen.row() == 5
    assert model.record(chosen.row()).position == 477


def test_a_thousand_records_in_a_burst_become_one_insertion(model, trail, qtbot):
    heard = []
    model.rowsInserted.connect(lambda _parent, first, last: heard.append((first, last)))
    for _ in range(1000):
        trail.count += 1
        model.extend(1)
    qtbot.waitUntil(lambda: bool(heard), timeout=5000)
    assert heard == [(0, 999)]
    assert model.rowCount() == 1480


def test_pages_read_while_growth_is_held_back_show_the_rows_that_are_numbered(model, trail):
    trail.count += 7
    model.extend(7)
    assert instances(model) == ["inst-479", "inst-478", "inst-477"]
    assert model.row_of(479) == 0
    assert model.row_of(486) is None, "not shown yet"
    model.take_growth()
    assert model.row_of(486) == 0


def test_older_pages_are_not_read_again_when_the_trail_grows(qapp):
    trail = Trail(480)
    model = RecordsModel(trail)
    model.reload(trail.count)
    instances(model, 300, 330)
    asked = len(trail.reads)
    trail.count += 5
    model.extend(5)
    model.take_growth()
    assert instances(model, 305, 335)[0] == "inst-179"
    assert len(trail.reads) == asked


def test_what_was_shown_while_the_trail_was_counted_stays_in_place(qapp):
    trail = Trail(480)
    model = strict(RecordsModel(trail))
    model.preview([row(at - 480, **changed(at)) for at in range(479, 379, -1)])
    assert model.rowCount() == 100
    resets = []
    model.modelReset.connect(lambda: resets.append(1))
    chosen = QPersistentModelIndex(model.index(4, 0))
    model.reload(480)
    assert resets == []
    assert model.rowCount() == 480
    assert (chosen.row(), model.record(chosen.row()).position) == (4, 475)


def changed(position):
    return {
        "timestamp": START + timedelta(seconds=position),
        "instance_id": f"inst-{position}",
        "job_id": f"job-{position}",
    }


def test_another_trail_than_the_one_previewed_is_shown_from_the_start(qapp):
    trail = Trail(10)
    model = strict(RecordsModel(trail))
    model.preview([row(-1, instance_id="elsewhere")])
    model.reload(10)
    assert instances(model)[0] == "inst-9"


def test_an_emptied_view_has_no_rows(model):
    model.reload(0)
    assert model.rowCount() == 0
    assert model.record(0) is None


def test_a_long_line_says_judging_until_it_was_judged(qapp):
    trail = Trail(10)
    trail.long = {7}
    model = strict(RecordsModel(trail))
    model.reload(10)
    assert cell(model, 2, "Verdict") == "judging"
    trail.long = set()
    changed_rows = []
    model.dataChanged.connect(lambda first, last: changed_rows.append((first.row(), last.row())))
    model.judged((7, 99))
    assert changed_rows == [(2, 2)]
    assert cell(model, 2, "Verdict") == "intact"


def test_a_trail_that_shrank_behind_our_back_shows_empty_cells_instead_of_failing(model, trail):
    trail.count = 0
    assert cell(model, 100, "Event") is None


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_word_of_its_own(verdict):
    shown = verdict_look(verdict)
    assert shown.word
    assert shown.tone == ("ok" if verdict is Verdict.INTACT else shown.tone)
    assert shown.word not in {verdict_look(v).word for v in Verdict if v is not verdict}


def test_the_life_of_a_job_marks_the_record_one_came_from(qapp):
    model = strict(RelatedModel())
    model.show([row(1), row(5, Verdict.EDITED)], own=5)
    assert [model.index(at, 2).data() for at in range(2)] == ["intact", "edited"]
    bold = [model.index(at, 1).data(Qt.ItemDataRole.FontRole).bold() for at in range(2)]
    assert bold == [False, True]
    assert model.row_of(5) == 1
    assert model.row_of(9) is None
    assert model.record(7) is None
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Time"
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "2026-11-19T10:00:01Z"
