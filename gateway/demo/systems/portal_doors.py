"""The doors of the simulated portals: the control door, and HTTP that misbehaves as its world says.

POST /seed    {"records": 100}                              more records of every kind
POST /change  {"kind": "agency", "key": "...", "set": {}}   a new version, with these fields of the portal's own
POST /delete  {"kind": "agency", "key": "..."}
POST /read    {"kind": "agency", "key": "..."}              null when there is none
POST /list    {"kind": "agency"}                            key, version and change time of all
POST /pushed  {}                                            what was pushed here, and what became of it
POST /asked   {}                                            how often the portal was called, those under way included
POST /faults  {"set": {"busy": 429}, "times": 2}            replaces all faults; without times they stay
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from portal_world import Maker, Row, World

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>登录</title></head><body>请重新登录</body></html>"
Command = Callable[[dict[str, Any]], Any]


class PortalHandler(BaseHTTPRequestHandler):
    """A request to a portal over HTTP. Subclasses answer with `reply`."""

    world: World
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are written apart

    def is_refused(self) -> bool:
        """Whether the portal is away or busy; then it has answered already. A slow one takes its time first."""
        self.world.asked += 1
        self.world.wait_while_held()
        time.sleep(float(self.world.fault("slow_seconds") or 0))
        if self.world.fault("down"):
            self.close_connection = True
            return True
        if status := self.world.fault("busy"):
            self.reply(int(status), "text/plain", b"busy", {"Retry-After": "2"})
            return True
        return False

    def reply(self, status: int, content_type: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reply_text(self, status: int, content_type: str, text: str) -> None:
        """An answer in UTF-8, unless something is wrong with it."""
        if self.world.fault("html"):
            return self.reply(200, "text/html;charset=utf-8", LOGIN_PAGE.encode())
        body = text.encode("gb18030" if self.world.fault("wrong_charset") else "utf-8")
        if self.world.fault("half_page"):
            body = body[: len(body) // 2]
        return self.reply(status, f"{content_type};charset=utf-8", body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the portal's own clock."""
        return super().date_time_string(self.world.now_ms() / 1000 if timestamp is None else timestamp)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """Takes as many at once as come: who finds no room knocks again after a second."""

    request_queue_size = 128
    daemon_threads = True


def serve(handler: type[BaseHTTPRequestHandler], port: int = 0, **attributes: Any) -> int:
    """Serve in a thread of its own; gives the port."""
    server = Server(("127.0.0.1", port), type("Handler", (handler,), attributes))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def control(world: World, port: int = 0, extra: dict[str, Command] | None = None) -> int:
    """Open the control door; gives its port."""
    return serve(_Control, port, commands={**_commands(world), **(extra or {})})


def run(
    kinds: tuple[str, ...], make: Maker, opened: Callable[[World, argparse.Namespace], tuple[int, dict[str, Any]]]
) -> None:
    """A portal program from its arguments to its end: `opened` gives the control door's port and what else to say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--records", type=int, default=0)
    parser.add_argument("--folder", default="")
    arguments = parser.parse_args()
    world = World(arguments.database, kinds, make)
    if arguments.records and not world.view(kinds[0]):
        world.seed(arguments.records)
    port, said = opened(world, arguments)
    print(json.dumps({"listening": port, **said}), flush=True)
    sys.stdin.read()  # whoever started this is gone when it ends


class _Control(BaseHTTPRequestHandler):
    commands: dict[str, Command]

    def do_POST(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        try:
            status, told = 200, self.commands[self.path.lstrip("/")](wanted)
        except (KeyError, ValueError) as error:
            status, told = 400, f"{type(error).__name__}: {error}"
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(told, ensure_ascii=False).encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


def _commands(world: World) -> dict[str, Command]:
    return {
        "seed": lambda wanted: world.seed(wanted["records"]),
        "change": lambda wanted: _shown(world.put(wanted["kind"], wanted["key"], wanted["set"])),
        "delete": lambda wanted: _shown(world.put(wanted["kind"], wanted["key"], {}, gone=True)),
        "rewrite": lambda wanted: world.rewrite(wanted["kind"], wanted["key"], wanted["set"]),
        "restore": lambda wanted: world.restore(wanted["kind"], wanted["key"]),
        "read": lambda wanted: _shown(world.read(wanted["kind"], wanted["key"])),
        "list": lambda wanted: [[row.key, row.version, row.changed_ms] for row in world.view(wanted["kind"])],
        "pushed": lambda wanted: world.pushed(),
        "asked": lambda wanted: world.asked,
        "faults": lambda wanted: world.set_faults(wanted.get("set", {}), wanted.get("times")),
    }


def _shown(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else row._asdict()
