"""Audit in the window on sealed trails: what the seal says of the whole and of each record."""

import asyncio

import pytest

from console.app.system import SystemClock
from console.domain.audit import Verdict
from console.services.tasks import Tasks
from console.services.trail_desk import TrailDesk
from console.store.pins import PinBook
from console.store.trail_export import TrailShelf
from console.store.trail_verify import Memory
from tests.store.sealed import record, sealed_trail
from tests.store.tamperings import rehashed_payload, rewrite
from tests.ui.audit_samples import badge, column, shown


@pytest.fixture
def looked_at(bridge, qtbot, on_qt_loop, tmp_path):
    """Open a trail with the real desk, wait for its verdict, and tell what stands in the window."""

    def looked_at(trail, position):
        async def look():
            tasks = Tasks()
            memory = Memory(PinBook(tmp_path / "state"))
            desk = TrailDesk(TrailShelf(trail.folder, memory), tasks, SystemClock())
            panel = shown(desk, bridge, qtbot)
            judged = asyncio.get_running_loop().create_future()
            panel._desk.verify_done.connect(judged.set_result)
            async with asyncio.timeout(20):
                await judged
            panel.verdict.show_report(judged.result())
            panel.verdict.details.setChecked(True)
            panel.go_to(position)
            panel._show_detail()
            await asyncio.sleep(0)
            row = panel.model.row_of(position)
            seen = (
                badge(panel),
                panel.verdict.headline.text(),
                panel.model.index(row, column("Verdict")).data(),
                panel.record.detail,
                panel.verdict.open_questions.text(),
            )
            panel.hide()
            await tasks.close()
            return seen

        return on_qt_loop(look())

    return looked_at


def test_an_intact_sealed_trail_says_so_of_the_whole_and_of_each_record(looked_at, tmp_path):
    title, headline, verdict, detail, opened = looked_at(sealed_trail(tmp_path / "audit"), 7)
    assert title == "15 records \N{MIDDLE DOT} intact, sealed"
    assert headline.startswith("Intact: 15 records in 3 files, as sealed")
    assert verdict == "intact"
    assert any("byte for byte" in sentence for sentence in detail.proves)
    assert not any("takes a seal" in sentence for sentence in detail.does_not_prove)
    assert "unconfirmed" in opened


def test_a_rehashed_record_is_edited_in_the_table_and_in_its_detail(looked_at, tmp_path):
    trail = sealed_trail(tmp_path / "audit")
    rehashed_payload(trail)
    rewrite(trail)
    title, headline, verdict, detail, _ = looked_at(trail, 7)
    assert title == "1 line edited \N{MIDDLE DOT} 14 intact"
    assert "changed after it was sealed" in headline
    assert verdict == "edited"
    assert detail.row.verdict is Verdict.EDITED
    assert detail.stored_hash == detail.computed_hash, "its hash was computed again"


def test_an_inserted_record_is_marked_and_those_behind_it_are_not(looked_at, tmp_path):
    trail = sealed_trail(tmp_path / "audit")
    trail.files[max(trail.files)].insert(2, record(99))
    rewrite(trail)
    _, _, verdict, detail, _ = looked_at(trail, 12)
    assert (verdict, detail.row.verdict) == ("inserted", Verdict.INSERTED)
    assert looked_at(trail, 13)[2] == "intact"


def test_a_trail_whose_checkpoint_does_not_count_says_so_at_its_title(looked_at, tmp_path):
    trail = sealed_trail(tmp_path / "audit")
    (trail.folder / "seal" / "checkpoint").unlink()
    title, headline, verdict, _, _ = looked_at(trail, 3)
    assert title == "15 records \N{MIDDLE DOT} no checkpoint"
    assert "no checkpoint" in headline
    assert verdict == "intact", "by its hash"
