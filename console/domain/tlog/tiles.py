"""Tiles: the tree's hashes in files of 256, by level and index (C2SP tlog-tiles).

A tile of level 0 holds leaf hashes; each hash of a tile of level n stands for a full tile of level
n - 1. Full tiles never change; the last one of a level is partial, has its width in its name, and is
replaced as the tree grows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from console.domain.tlog.errors import Malformed, TileMissing
from console.domain.tlog.hashes import HASH_SIZE
from console.domain.tlog.tree import GrowingTree

HEIGHT: Final = 8
WIDTH: Final = 256
TILE_BYTES: Final = WIDTH * HASH_SIZE
_MAX_LEVEL: Final = 63
_PATH: Final = re.compile(
    r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True)
class Tile:
    """One tile: its level, its index on that level, and how many hashes it holds (1 to 256)."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= _MAX_LEVEL or self.index < 0 or not 1 <= self.width <= WIDTH:
            raise Malformed(
                f"There is no tile {self.index} of width {self.width} on level {self.level}."
            )

    @property
    def path(self) -> str:
        """Where the tile stands below the seal's folder, with slashes: `tile/0/x001/x234/067.p/5`."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{'/'.join(groups)}{partial}"

    @property
    def full(self) -> Tile:
        """The tile that stands here once all 256 hashes are there."""
        return Tile(self.level, self.index)


# Gives a tile's bytes, or None where it is not there. More hashes than asked for are cut off, so the
# full tile or a wider partial one may be given for a partial one.
TileReader = Callable[[Tile], bytes | None]


def parse_tile_path(path: str) -> Tile:
    """Return the tile that stands at `path`; raise Malformed where no tile has that path."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise Malformed("The path is not that of a tile.")
    index = int(found[2].replace("/", "").replace("x", ""))
    tile = Tile(int(found[1]), index, int(found[3] or WIDTH))
    if tile.path != path:  # a group of zeros more, or the width of a full tile
        raise Malformed("The path is not the one way to name this tile.")
    return tile


def edge_tiles(size: int) -> list[Tile]:
    """Return the partial tiles of a tree of `size` leaves, the lowest level first."""
    return tiles_between(size, size, edge=True)


def tiles_between(old: int, new: int, *, edge: bool = False) -> list[Tile]:
    """Return the tiles to write where a tree of `old` leaves has grown to `new`, lowest level first.

    These are the tiles that became full and the partial ones that changed; with `edge` also the
    partial ones that stayed. ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree does not grow from {old} to {new} leaves")
    tiles: list[Tile] = []
    level = 0
    while new:
        first, last = old // WIDTH, new // WIDTH
        tiles.extend(Tile(level, index) for index in range(first, last))
        if new % WIDTH and (edge or new != old):
            tiles.append(Tile(level, last, new % WIDTH))
        old, new, level = first, last, level + 1
    return tiles


def read_tile(read: TileReader, tile: Tile) -> bytes:
    """Return the tile's bytes, from the full tile where the partial one is gone; or TileMissing."""
    wanted = tile.width * HASH_SIZE
    for candidate in dict.fromkeys((tile, tile.full)):
        content = read(candidate)
        if content is not None and wanted <= len(content) <= TILE_BYTES:
            return content[:wanted]
    raise TileMissing(f"The tile {tile.path} is missing or cut.", tile.path)


class TileEdge:
    """The growing end of a tiled tree: what the writer of the seal keeps between two batches.

    It holds the partial tiles, at most 8 KB a level, and the tree over everything.
    """

    def __init__(self) -> None:
        self._tree = GrowingTree()
        self._rows: list[bytes] = []

    @classmethod
    def load(cls, size: int, read: TileReader) -> TileEdge:
        """Return the end of the tree of `size` leaves from its partial tiles.

        Nothing vouches for them yet: compare `root()` with the signed one. Raises TileMissing.
        """
        edge = cls()
        tiles = edge_tiles(size)
        edge._rows = [b""] * (tiles[-1].level + 1 if tiles else 0)
        for tile in reversed(tiles):
            row = read_tile(read, tile)
            edge._rows[tile.level] = row
            edge._tree.extend(row, tile.level * HEIGHT)
        return edge

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._tree.size

    def root(self) -> bytes:
        """Return the root over all leaves so far; 32 bytes."""
        return self._tree.root()

    def append(self, leaves: bytes) -> list[tuple[Tile, bytes]]:
        """Add leaf hashes in a row and return the tiles to write, in this order.

        They are those of `tiles_between`. A tile's bytes begin with those of the partial tile that it
        replaces.
        """
        old = self._tree.size
        grown = self._tree.extend(leaves)
        written: list[tuple[Tile, bytes]] = []
        for level, nodes in enumerate(grown[::HEIGHT]):
            if len(self._rows) == level:
                self._rows.append(b"")
            row = self._rows[level] + nodes
            index = old >> HEIGHT * (level + 1)
            whole = len(row) - len(row) % TILE_BYTES
            for at in range(0, whole, TILE_BYTES):
                written.append((Tile(level, index), row[at : at + TILE_BYTES]))
                index += 1
            self._rows[level] = row[whole:]
            if rest := row[whole:]:
                written.append((Tile(level, index, len(rest) // HASH_SIZE), rest))
        return written
