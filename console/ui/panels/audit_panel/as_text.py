"""A record for the clipboard: as text for a ticket, as JSON for a program."""

from __future__ import annotations

import json
from typing import Any

from console.domain.audit_view import RecordDetail
from console.ui.models.records import verdict_look
from console.ui.times import stamp_text, utc_text


def record_text(detail: RecordDetail) -> str:
    """The record as a person would quote it, with what its verdict proves and does not."""
    row = detail.row
    lines = [
        f"{row.event_type or 'Record'} in {row.file}"
        + (f", line {row.line:,}" if row.line else ""),
        f"Time: {stamp_text(row.timestamp)} local, {utc_text(row.timestamp)}"
        if row.timestamp
        else "Time: none that can be read",
        f"Verdict: {verdict_look(row.verdict).word}",
        *(f"Proves: {text}" for text in detail.proves),
        *(f"Does not prove: {text}" for text in detail.does_not_prove),
        *(f"Note: {text}" for text in detail.notes),
        "",
        *(f"{name}: {value}" for name, value in detail.fields),
        "",
        f"Hash stored: {detail.stored_hash or 'none'}",
        f"Hash computed: {detail.computed_hash or 'none'}",
        f"Line: {detail.raw}" + (" (cut)" if detail.cut else ""),
    ]
    return "\n".join(lines)


def record_json(detail: RecordDetail) -> str:
    """The record as the viewer shows it, as one JSON document in ASCII, times in ISO 8601."""
    row = detail.row
    shown: dict[str, Any] = {
        "file": row.file,
        "line": row.line or None,
        "verdict": None if row.verdict is None else str(row.verdict),
        "timestamp": None if row.timestamp is None else row.timestamp.isoformat(),
        "eventType": row.event_type,
        "payload": _payload(detail),
        "complianceHash": detail.stored_hash,
        "computedHash": detail.computed_hash,
        "proves": list(detail.proves),
        "doesNotProve": list(detail.does_not_prove),
        "raw": detail.raw,
        "cut": detail.cut,
    }
    return json.dumps(shown, indent=2)


def _payload(detail: RecordDetail) -> Any:
    """The payload as values; as text where it is cut or cannot be read again."""
    try:
        return json.loads(detail.payload)
    except (ValueError, RecursionError):
        return detail.payload
