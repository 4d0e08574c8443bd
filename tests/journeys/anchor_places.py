"""Somebody outside on a real socket: keeps what is posted, and stamps what is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.store.time_stamper import TimeStamper


@dataclass
class Outside:
    """What came in, by path; `status` is what is answered at /keep."""

    stamper: TimeStamper = field(default_factory=TimeStamper)
    status: int = 200
    kept: list[bytes] = field(default_factory=list)
    queries: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def outside() -> Iterator[Outside]:
    """Serve until the test ends."""
    place = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            place.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer, status = b"", 200
            if self.path.startswith("/tsa"):
                place.queries.append(body)
                answer = place.stamper.answer(body)
            else:
                place.kept.append(body)
                status = place.status
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
