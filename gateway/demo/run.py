"""`yizhan demo`: start the whole service and its SFTP drop, play a step a door over real sockets, show what became."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import ExitStack

import httpx
from rich.console import Console

from gateway.demo import processes
from gateway.demo.memory import Memory, write_private
from gateway.demo.partners import credentials
from gateway.demo.processes import Running
from gateway.demo.stage import Drop, Shown, Stage, Step
from gateway.demo.steps import STEPS
from gateway.demo.summary import facts, show
from gateway.serving import database_of
from gateway.settings import Settings

SUMMARY = "demo-summary.json"
_MEMORY = "demo-memory.json"
_START_SECONDS = 60.0
_SFTP_ABOVE = 22  # ports above HTTP, where that one is free: 8822 beside 8800
_PART_BYTES = 128 * 1024
_RECEIVERS = ("webhook", "callback")


def run(settings: Settings, port: int, once: bool) -> int:
    """Play the demo; serve on until Ctrl-C unless `once`. The exit status is 0 when everything went as it should."""
    for name in (signal.SIGTERM, signal.SIGHUP):  # closing the terminal must end the service too
        signal.signal(name, lambda number, _: sys.exit(128 + number))
    console, started = Console(), time.monotonic()
    settings = settings.model_copy(update={"home": settings.home / "demo"})
    with ExitStack() as background:
        service, stage = _set_up(settings, port, console, background)
        console.print(
            f"[green]✓[/green] 服务已启动 serving on [b]{stage.url}[/b]  ({time.monotonic() - started:.1f} s)"
        )
        played = [(step, *_play(stage, step)) for step in STEPS]
        summary = facts(stage, played)
        path = settings.home / SUMMARY
        write_private(path, summary)
        show(console, stage.url, played, summary)
        if not once:
            console.print("[dim]服务继续运行，按 Ctrl-C 结束 / serving on, Ctrl-C ends it[/dim]")
        console.print(f"全部完成 done in {time.monotonic() - started:.1f} s; summary: {path}", soft_wrap=True)
        if not once:
            _serve_on(console, service)
    return 0


def _set_up(settings: Settings, port: int, console: Console, background: ExitStack) -> tuple[Running, Stage]:
    """Database, service, SFTP drop and credentials, up until `background` is closed."""
    processes.must_be_free(port, "请用 --port 另选端口 / is in use, choose another with --port (make demo PORT=...)")
    url = f"http://127.0.0.1:{port}"
    database_url = background.enter_context(database_of(settings))
    memory = Memory(settings.home / _MEMORY)
    ports = memory.recall("ports", lambda: {n: processes.free_port(port + i) for i, n in enumerate(_RECEIVERS, 1)})
    for receiver in ports.values():
        advice = f"演示的接收程序需要它，见 {settings.home / _MEMORY} / a receiver of the demo needs it"
        processes.must_be_free(receiver, advice)
    environment = _environment(settings, database_url, url, port)
    service = background.enter_context(processes.running(processes.yizhan("serve"), environment))
    known = asyncio.run(credentials(settings, database_url, memory))
    processes.await_ready(service, lambda: _is_ready(url), _START_SECONDS)
    sftp_port = processes.free_port(port + _SFTP_ABOVE)
    sftp = processes.yizhan("sftp", "--port", str(sftp_port))
    drop = Drop(sftp_port, background.enter_context(processes.running(sftp, environment)))
    return service, Stage(url, settings.mappings, console, memory, known, drop, background)


def _environment(settings: Settings, database_url: str, url: str, port: int) -> dict[str, str]:
    """What makes a command of ours part of this demo, and end when it does."""
    return os.environ | {
        "YIZHAN_HOME": str(settings.home),
        "YIZHAN_DATABASE__URL": database_url,
        "YIZHAN_HTTP__PORT": str(port),
        "YIZHAN_HTTP__PUBLIC_URL": url,
        "YIZHAN_RELAY__ALLOWED_HOSTS": '["127.0.0.1"]',
        "YIZHAN_BATCH__PART_BYTES": str(_PART_BYTES),
        "YIZHAN_BESIDE": str(os.getpid()),
    }


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _play(stage: Stage, step: Step) -> tuple[Shown, float]:
    """Play one step: what it showed and how many seconds it took."""
    began = time.monotonic()
    shown = stage.played[step.id] = step.play(stage)
    took = time.monotonic() - began
    stage.console.print(f"[green]✓[/green] {step.title}: {shown.sent}  ({took:.1f} s)", highlight=False)
    return shown, took


def _serve_on(console: Console, service: Running) -> None:
    try:
        service.wait()
    except KeyboardInterrupt:
        console.print()
