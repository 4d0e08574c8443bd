"""Reports and evidence bundles for the window: made in workers, on record in our own trail."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from console.app.audit_report_pdf import ReportAsked, ready_qt, write_report
from console.app.evidence import BundleAsked, hand_over
from console.app.evidence_command import export_record
from console.app.folder import Folder
from console.domain.evidence_history import selected
from console.services.evidence_export import ExportWork
from console.store.sealed_reader import SealedReader


class WindowExports:
    """The `Exporter` of the window over an open folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def export(self, work: ExportWork) -> int:
        """See `services.evidence_export.Exporter`."""
        if work.kind == "pdf":
            return await self._report(work)
        record = self._recorded if work.own else None
        paths = self._folder.place.paths
        asked = BundleAsked(
            root=work.trail.root,
            positions=work.positions,
            out=work.path,
            operator=self._folder.operator.name,
            selection=selected(work.wanted),
            filtered=work.filtered,
            jobs=paths.database_file if work.own else None,
            disclose=work.disclose,
            progress=work.progress,
            cancelled=work.cancelled,
        )
        return await hand_over(asked, record)

    async def _report(self, work: ExportWork) -> int:
        ready_qt()
        asked = ReportAsked(
            work.positions,
            work.path,
            self._folder.operator.name,
            selected(work.wanted),
            work.progress,
            work.cancelled,
        )
        trail = cast("SealedReader", work.trail)  # the shelf gives no others
        records = await asyncio.to_thread(write_report, trail, asked)
        if work.own:
            await self._record("pdf", {"records": records, "filtered": work.filtered})
        return records

    async def _recorded(self, payload: dict[str, Any]) -> None:
        await self._record("zip", payload)

    async def _record(self, kind: str, payload: dict[str, Any]) -> None:
        await self._folder.journal.write(export_record(self._folder, kind, payload))
