"""The lines that wait for their seal, and up to where the trail is sealed, in the queue's database.

A row stays until a checkpoint covers its line. Rows leave from the first on only, in one transaction
with the point that says so: the row that is first now is the leaf after that point.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import apsw

from console.store.audit_log import Head, PlannedLine
from console.store.database import insert_rows
from console.store.seal import SealedPoint

SEALED: Final = "sealed"
_INSERT: Final = "INSERT INTO outbox(file, offset, line)"

Row = tuple[int, PlannedLine]


class Outbox:
    """The outbox over the writing connection; whoever changes it holds `trail.lock`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def ids(self) -> set[int]:
        """The rows that are there."""
        return {row[0] for row in self._db.execute("SELECT id FROM outbox")}

    def rows(self) -> list[Row]:
        """Every row in order, with its line."""
        rows = self._db.execute("SELECT id, file, offset, line FROM outbox ORDER BY id")
        return [(row[0], PlannedLine(row[1], row[2], bytes(row[3]))) for row in rows]

    def add(self, lines: Sequence[PlannedLine]) -> list[Row]:
        """Add `lines` in a transaction of the caller; returns their rows."""
        insert_rows(self._db, _INSERT, [(line.file, line.offset, line.line) for line in lines])
        return list(enumerate(lines, self._db.last_insert_rowid() - len(lines) + 1))

    def move(self, rows: Sequence[Row]) -> None:
        """Say where the lines of `rows` stand now."""
        places = [(line.file, line.offset, row) for row, line in rows]
        self._db.executemany("UPDATE outbox SET file = ?, offset = ? WHERE id = ?", places)

    def forget(self, ids: Sequence[int], point: SealedPoint | None) -> None:
        """Delete rows that are sealed and remember up to where that is."""
        assert point is not None
        if ids:
            self._db.execute(
                "DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
        values = (SEALED, point.to_text())
        self._db.execute("INSERT OR REPLACE INTO lasting VALUES (?,?)", values)

    def point(self) -> SealedPoint | None:
        """Up to where the trail is sealed, without the rows that are there."""
        text = self._db.execute("SELECT value FROM lasting WHERE name = ?", (SEALED,)).get
        return None if text is None else SealedPoint.from_text(str(text))

    def head(self) -> Head | None:
        """Where the rows begin while the seal cannot be read: of the tree nothing is known."""
        point = self.point()
        return None if point is None else Head(point.file, point.offset, lambda _: None)
