"""What runs beside the service: started with it, again when it dies, and ended with it, however it ends."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from gateway.base.settings import Settings
from gateway.store.embedded import is_in_use
from schemas import samples
from tests.conftest import Partner, ServedProcess, free_port, is_ready, open_folder, until


def companions_of(service: int) -> set[int]:
    """The ids of its workers and its relay; the guard of a database server is none of them."""
    with suppress(OSError):
        threads = [thread.read_text("ascii") for thread in Path(f"/proc/{service}/task").glob("*/children")]
        children = [int(child) for thread in threads for child in thread.split()]
        return {child for child in children if b"guard.py" not in Path(f"/proc/{child}/cmdline").read_bytes()}
    return set()


def is_running(pid: int) -> bool:
    with suppress(OSError):
        return " Z " not in Path(f"/proc/{pid}/stat").read_text("utf-8")
    return False


@pytest.fixture
def served(settings: Settings) -> Iterator[ServedProcess]:
    service = ServedProcess(settings)
    service.start()
    yield service
    service.stop()


def beside(service: ServedProcess) -> set[int]:
    assert service.process is not None
    return companions_of(service.process.pid)


def test_a_companion_that_dies_is_started_again(served: ServedProcess) -> None:
    first = until(lambda: beside(served), "they run")
    assert len(first) >= 2, "a worker and the relay"
    victim = min(first)
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(beside(served) - {victim}) == len(first), "another is in its place", of=served.process)
    assert first - {victim} < beside(served), "the others run on"


def test_companions_end_with_the_service(served: ServedProcess) -> None:
    running = beside(served)
    assert served.process is not None
    served.stop()
    assert served.process.returncode == 0
    assert not any(map(is_running, running)), "they have ended before the service did"


def test_companions_notice_that_the_service_was_killed(served: ServedProcess) -> None:
    running = beside(served)
    served.kill()
    until(lambda: not any(map(is_running, running)), "they end by themselves")


def test_nobody_stays_on_the_port_of_a_service_that_was_killed(settings: Settings) -> None:
    service = ServedProcess(settings, workers=2)
    service.start()
    try:
        running = beside(service)
        assert len(running) >= 4, "two processes that serve, a worker and the relay"
        service.kill()
        until(lambda: not any(map(is_running, running)), "they end by themselves")
        service.start()
    finally:
        service.stop()


def test_the_database_server_is_in_use_by_the_service_alone() -> None:
    port, running = free_port(), set[int]()
    with open_folder() as home:
        variables = {"YIZHAN_HOME": str(home), "YIZHAN_HTTP__PORT": str(port)}
        service = subprocess.Popen([sys.executable, "-m", "gateway.cli.main", "serve"], env=os.environ | variables)
        try:
            until(lambda: is_ready(f"http://127.0.0.1:{port}"), "it serves", of=service)
            running = companions_of(service.pid)
            for companion in running:
                os.kill(companion, signal.SIGSTOP)
            service.kill()
            service.wait()
            until(lambda: not is_in_use(home / "postgres"), "the server ends though they still live")
        finally:
            service.kill()
            service.wait()
            for companion in running:
                os.kill(companion, signal.SIGKILL)
    assert len(running) >= 2


def test_instances_are_restarted_one_after_another_and_no_request_fails(settings: Settings, partner: Partner) -> None:
    services = [ServedProcess(settings, alone=True) for _ in range(2)]
    for service in services:
        service.start()
    stop = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        try:
            pushing = [pool.submit(push_over, services, partner, number, stop) for number in range(4)]
            for service in services * 2:
                service.stop()
                service.start()
        finally:
            stop.set()
            for service in services:
                service.stop()
        statuses = [status for each in pushing for status in each.result()]
    assert len(statuses) > 50
    assert set(statuses) == {201}


class Served(Protocol):
    """An instance, wherever its code lies."""

    url: str


def push_over(services: Sequence[Served], partner: Partner, number: int, stop: threading.Event) -> list[int]:
    """What a proxy gets that asks the other instance where a connection is refused, or lost before the answer."""
    statuses: list[int] = []
    with httpx.Client(timeout=60, trust_env=False, headers={"Connection": "close", **partner.bearer}) as client:
        while not stop.is_set():
            body = samples.contract(number * 100_000 + len(statuses))
            for service in itertools.cycle(services):
                if stop.is_set():
                    break
                with suppress(httpx.TransportError):
                    statuses.append(client.post(f"{service.url}/v1/contracts", json=body).status_code)
                    break
    return statuses
