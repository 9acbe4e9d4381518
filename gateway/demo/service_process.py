"""The service of a demo: a process that ends when the demo does."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from contextlib import ExitStack

import httpx
from rich.console import Console

from gateway.base.settings import Settings
from gateway.demo import processes
from gateway.demo.processes import Running
from gateway.serving.serving import environment_of

_START_SECONDS = 60.0
_PART_BYTES = 128 * 1024


def must_be_free(port: int) -> None:
    """Raises UserError when the service cannot have the port."""
    processes.must_be_free(port, "请用 --port 另选端口 / is in use, choose another with --port (make demo PORT=...)")


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def environment(settings: Settings, database_url: str, port: int, receivers: Collection[int] = ()) -> dict[str, str]:
    """What makes a command of ours part of this demo, and end when it does. `receivers` are ports of its simulators."""
    inside = json.dumps([f"127.0.0.1:{each}" for each in receivers])
    return (
        os.environ
        | environment_of(settings, database_url)
        | {
            "YIZHAN_HTTP__PORT": str(port),
            "YIZHAN_HTTP__PUBLIC_URL": url_of(port),
            "YIZHAN_RELAY__ALLOWED_HOSTS": inside,
            "YIZHAN_RELAY__CALLBACK_HOSTS": inside,
            "YIZHAN_PERSONS__SECOND_FACTOR": "offered",
            "YIZHAN_BATCH__PART_BYTES": str(_PART_BYTES),
            "YIZHAN_BESIDE": str(os.getpid()),
        }
    )


def started(given: dict[str, str], background: ExitStack) -> Running:
    """The service in that environment, until `background` is closed; it may not answer yet."""
    return background.enter_context(processes.running(processes.yizhan("serve"), given))


def await_answers(service: Running, port: int) -> None:
    """Wait until it serves. Raises UserError when it ended or takes too long."""
    with httpx.Client(base_url=url_of(port), timeout=2, trust_env=False) as client:
        processes.await_ready(service, lambda: _is_ready(client), _START_SECONDS)


def serve_on(console: Console, service: Running) -> None:
    """Until Ctrl-C, or the service ends."""
    try:
        service.wait()
    except KeyboardInterrupt:
        console.print()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.HTTPError:
        return False
