"""What may befall a machine, done to the real processes of a test."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
