"""What may befall a machine, done to the real processes of a test."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gateway.store.embedded import EmbeddedPostgres
from tests.conftest import until


def tell(server: EmbeddedPostgres, number: int) -> None:
    """Send a signal to a whole database server: the postmaster first, so that it starts nothing again."""
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for process in (postmaster, *map(int, children)):
        with suppress(ProcessLookupError):  # those that notice end by themselves
            os.kill(process, number)


@contextmanager
def hanging(server: EmbeddedPostgres) -> Iterator[None]:
    """A server that takes connections and says nothing, until the context is left."""
    tell(server, signal.SIGSTOP)
    try:
        yield
    finally:
        tell(server, signal.SIGCONT)


def retried(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer of a service that says for a moment that it is to be asked again."""
    answers: list[httpx.Response] = []

    def is_answered() -> bool:
        answers.append(ask())
        return answers[-1].status_code != 503

    until(is_answered, "it is answered")
    return answers[-1]


class LosingProxy:
    """Hands requests on, and loses every reply after it has come: `lost` has their bytes. Clients send `Connection:
    close`, so that a reply is what comes until the service hangs up.
    """

    def __init__(self, client: httpx.Client) -> None:
        service = urlsplit(str(client.base_url))
        self._service = (service.hostname, service.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.lost: list[bytes] = []

    def __enter__(self) -> LosingProxy:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                with line, socket.create_connection(self._service) as service:
                    handing_on = threading.Thread(target=_pump, args=(line, service), daemon=True)
                    handing_on.start()
                    self.lost.append(b"".join(iter(lambda: service.recv(65536), b"")))
                    line.shutdown(socket.SHUT_RDWR)
                    handing_on.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)


def note(fault: str, dose: str, *, acknowledged: int, lost: int, doubled: int, recovery: str) -> None:
    """Put a row into the table of faults, where one is made (`make faults`)."""
    if (path := os.environ.get("YIZHAN_FAULTS")) is not None:
        row = {"fault": fault, "dose": dose, "acknowledged": acknowledged, "lost": lost, "doubled": doubled}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**row, "recovery": recovery}) + "\n")


def doses(ordinary: int) -> int:
    """How often something is done: as often as in every run of the tests, or as `make faults` asks."""
    return ordinary * int(os.environ.get("YIZHAN_DOSES", "1"))
