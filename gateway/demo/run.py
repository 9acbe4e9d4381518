"""`yizhan demo`: start the whole service and its SFTP drop, play a step a door over real sockets, show what became."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import ExitStack

from rich.console import Console

from gateway.base.settings import Settings
from gateway.demo import processes, service_process
from gateway.demo.memory import Memory, write_private
from gateway.demo.partners import credentials
from gateway.demo.people import CLERK, OFFICIALS, show_sign_ins, sign_ins
from gateway.demo.processes import Running
from gateway.demo.stage import Drop, Shown, Stage, Step
from gateway.demo.steps import STEPS
from gateway.demo.summary import facts, show
from gateway.serving.serving import database_of

SUMMARY = "demo-summary.json"
_MEMORY = "demo-memory.json"
_SFTP_ABOVE = 22  # ports above HTTP, where that one is free: 8822 beside 8800
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
        show_sign_ins(console, stage.url, summary["people"])
        if not once:
            console.print("[dim]服务继续运行，按 Ctrl-C 结束 / serving on, Ctrl-C ends it[/dim]")
        console.print(f"全部完成 done in {time.monotonic() - started:.1f} s; summary: {path}", soft_wrap=True)
        if not once:
            service_process.serve_on(console, service)
    return 0


def _set_up(settings: Settings, port: int, console: Console, background: ExitStack) -> tuple[Running, Stage]:
    """Database, service, SFTP drop and credentials, up until `background` is closed."""
    service_process.must_be_free(port)
    database_url = background.enter_context(database_of(settings))
    memory = Memory(settings.home / _MEMORY)
    ports = memory.recall("ports", lambda: {n: processes.free_port(port + i) for i, n in enumerate(_RECEIVERS, 1)})
    for receiver in ports.values():
        advice = f"演示的接收程序需要它，见 {settings.home / _MEMORY} / a receiver of the demo needs it"
        processes.must_be_free(receiver, advice)
    environment = service_process.environment(settings, database_url, port, ports.values())
    service = service_process.started(environment, background)
    known = asyncio.run(credentials(settings, database_url, memory))
    people = asyncio.run(sign_ins(settings, database_url, memory, (*OFFICIALS, CLERK)))
    service_process.await_answers(service, port)
    sftp_port = processes.free_port(port + _SFTP_ABOVE)
    sftp = processes.yizhan("sftp", "--port", str(sftp_port))
    drop = Drop(sftp_port, background.enter_context(processes.running(sftp, environment)))
    return service, Stage(
        url=service_process.url_of(port),
        mappings=settings.mappings,
        console=console,
        memory=memory,
        credentials=known,
        people=people,
        drop=drop,
        background=background,
    )


def _play(stage: Stage, step: Step) -> tuple[Shown, float]:
    """Play one step: what it showed and how many seconds it took."""
    began = time.monotonic()
    shown = stage.played[step.id] = step.play(stage)
    took = time.monotonic() - began
    stage.console.print(f"[green]✓[/green] {step.title}: {shown.sent}  ({took:.1f} s)", highlight=False)
    return shown, took
