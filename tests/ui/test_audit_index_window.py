"""The Audit page over real files with an index: bars, a span drawn over them, and a record's kin."""

import asyncio

from PySide6.QtCore import Qt

from console.app.system import SystemClock
from console.services.tasks import Tasks
from console.services.trail_desk import TrailDesk
from console.store.trail_export import TrailShelf
from console.store.trail_verify import Memory
from tests.ui.audit_samples import record, shown

DAY = "workflow_audit_20261119.jsonl"


def test_an_opened_trail_shows_its_bars_and_a_span_drawn_over_them_filters_it(
    bridge, qtbot, on_qt_loop, tmp_path
):
    folder = tmp_path / "trail"
    folder.mkdir()
    (folder / DAY).write_bytes(b"".join(record(n) + b"\n" for n in range(600)))

    async def until(ready):
        async with asyncio.timeout(20):
            while not ready():
                await asyncio.sleep(0.01)

    async def play():
        tasks = Tasks()
        desk = TrailDesk(TrailShelf(folder, Memory(), tmp_path / "cache"), tasks, SystemClock())
        panel = shown(desk, bridge, qtbot)
        bars = panel.times.histogram
        await until(bars.isVisible)
        assert bars.text().startswith("600 records")
        bars.setFocus()
        qtbot.keyClick(bars, Qt.Key.Key_Home)
        qtbot.keyClick(bars, Qt.Key.Key_Return)
        await until(lambda: panel.model.rowCount() < 600)
        found = panel.model.rowCount()
        assert panel.filters.count.text() == f"{found} of 600"
        await until(lambda: bars.text().startswith(f"{found} record"))
        await until(lambda: panel.record._related.rowCount() == 3)
        desk.close()
        await tasks.close()

    on_qt_loop(play())
    assert list((tmp_path / "cache" / "trails").glob("*.db"))
