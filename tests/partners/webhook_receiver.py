"""A partner's webhook receiver, as a process of its own: `python webhook_receiver.py <port> <log file>`.

Knows nothing of Yizhan. The path decides how it behaves; every request is a line of JSON in the log.

    /ok      204          /once    500 the first time a message comes, then 204
    /500     500          /gone    410
    /hang    never answers          /reset   closes the connection without a word
    /redirect   302 to the metadata address of clouds          /success   200 with the text "success"
    /switch  what the file "<log file>.switch" says: a status, with the text "success"
    /held    a message waits until the file "<log file>.release" is there; then as /success
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_LOCK = threading.Lock()
_SEEN: set[str] = set()


class Receiver(BaseHTTPRequestHandler):
    log_path: Path

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        line = {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body.decode()}
        with _LOCK, self.log_path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
        message = self.headers.get("webhook-id", "")
        match self.path.split("?")[0]:
            case "/hang":
                threading.Event().wait(3600)
            case "/reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            case "/redirect":
                self.answer(302, {"Location": "http://169.254.169.254/latest/meta-data/"})
            case "/once":
                first = message not in _SEEN
                _SEEN.add(message)
                self.answer(500 if first else 204)
            case "/switch":
                self.answer(int(self.log_path.with_suffix(".switch").read_text()), body=b"success")
            case "/held":
                while not self.log_path.with_suffix(".release").exists():
                    threading.Event().wait(0.02)
                self.answer(200, body=b"success")
            case "/success":
                self.answer(200, body=b"success")
            case "/500":
                self.answer(500)
            case "/gone":
                self.answer(410)
            case _:
                self.answer(204)

    def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    """Takes as many at once as come: who finds no room knocks again after a second."""

    request_queue_size = 128


if __name__ == "__main__":
    Receiver.log_path = Path(sys.argv[2])
    Receiver.log_path.touch()
    Server(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
