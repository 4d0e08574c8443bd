"""Reading an answer's body piece by piece: at most 8 MiB, counted after decompression."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
ACCEPTED_ENCODING: Final = "gzip"


class BrokenBody(Exception):
    """The body ended before its end, is too large or cannot be decompressed; the text says which."""


class Body:
    """What has been read of a body so far; `content` stays readable when the rest breaks off."""

    def __init__(self, encoding: str) -> None:
        self._content = bytearray()
        self._encoding = encoding.strip().lower()
        # httpx would unpack a piece of 64 KiB to whatever size it swells to; this stops on time.
        self._unpack = (
            zlib.decompressobj(zlib.MAX_WBITS | 16)
            if self._encoding in ("gzip", "x-gzip")
            else None
        )

    @property
    def content(self) -> bytes:
        """The bytes so far, decompressed."""
        return bytes(self._content)

    def add(self, piece: bytes) -> None:
        """Take the next piece as it came; raises BrokenBody."""
        if self._unpack is None:
            if self._encoding not in ("", "identity"):
                raise BrokenBody(f"is packed in a way nobody asked for ({self._encoding[:20]})")
            self._content += piece
        else:
            left = MAX_BODY_BYTES - len(self._content)
            try:
                self._content += self._unpack.decompress(piece, left + 1)
            except zlib.error as error:
                raise BrokenBody("cannot be decompressed") from error
        if len(self._content) > MAX_BODY_BYTES:
            raise BrokenBody(f"is larger than {MAX_BODY_BYTES // 1024 // 1024} MiB")

    def end(self) -> None:
        """Raise BrokenBody where a compressed body is not complete."""
        if self._unpack is not None and self._content and not self._unpack.eof:
            raise BrokenBody("ended before its end")


async def read_body(response: httpx.Response, body: Body) -> None:
    """Read `response` into `body`; raises BrokenBody, and httpx's errors as they come."""
    assert isinstance(response.stream, AsyncIterable)
    async for piece in response.stream:
        body.add(piece)
    body.end()
