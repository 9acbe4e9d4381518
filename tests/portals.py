"""The simulated portals as processes, on free ports, and their control doors. Each ends when its pipe does."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from adapters.connector import Connector, load_connector
from adapters.envelope import CanonicalRecord
from adapters.reading import read
from adapters.transports.portal import Page, Portal, PortalChange, Window
from adapters.transports.portals import open_portal

SYSTEMS = Path(__file__).parents[1] / "gateway" / "demo" / "systems"
MAPPINGS = Path(__file__).parents[1] / "mappings"
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class RunningPortal:
    """A portal program that runs; `said` is its first line."""

    process: subprocess.Popen[str]
    said: Mapping[str, Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.said['listening']}"

    def control(self, command: str, **arguments: Any) -> Any:
        address = f"http://127.0.0.1:{self.said['control']}/{command}"
        with _DIRECTLY.open(address, json.dumps(arguments).encode(), timeout=30) as answer:
            return json.loads(answer.read())

    def faults(self, times: int | None = None, **faults: Any) -> None:
        """Replace all faults by these."""
        self.control("faults", set=faults, times=times)

    def keys(self, kind: str) -> list[str]:
        return [key for key, _, _ in self.control("list", kind=kind)]

    def read(self, kind: str, key: str) -> dict[str, Any]:
        return self.control("read", kind=kind, key=key)

    def change(self, kind: str, key: str, **fields: Any) -> dict[str, Any]:
        return self.control("change", kind=kind, key=key, set=fields)


@contextmanager
def running_portal(name: str, folder: Path, *arguments: object, **secrets: str) -> Iterator[RunningPortal]:
    """Start a portal program with its data in `folder`; it is waited for when the context is left."""
    command = [sys.executable, "-I", SYSTEMS / name, folder / f"{name}.sqlite", *map(str, arguments)]
    process = subprocess.Popen(command, env=secrets, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            line = process.stdout.readline()
            assert line, f"{name} ended at start"
            yield RunningPortal(process, json.loads(line))
        finally:
            process.kill()


def connector(name: str, **source: Any) -> Connector:
    """A partner folder's connector with some of its source options replaced."""
    loaded = load_connector(MAPPINGS / name)
    assert loaded.source is not None
    return replace(loaded, source={**loaded.source, **source})


@contextmanager
def opening(served: RunningPortal) -> Iterator[Callable[[Connector, Mapping[str, str], Path], Portal]]:
    """Opens clients of a portal program; afterwards they hang up and its faults are gone."""
    with ExitStack() as stack:
        stack.callback(served.faults)

        def open_(loaded: Connector, known: Mapping[str, str], scratch: Path) -> Portal:
            return stack.enter_context(closing(open_portal(loaded, known.get, scratch)))

        yield open_


def accepted(loaded: Connector, kind: str, raw: bytes) -> list[dict[str, Any]]:
    """The records of a page, all of which must be accepted without a finding."""
    outcomes = list(read(raw, loaded, today=date(2026, 11, 3), kind=kind))
    assert [outcome.findings for outcome in outcomes] == [()] * len(outcomes)
    return [outcome.body for outcome in outcomes if isinstance(outcome, CanonicalRecord)]


def pages(portal: Portal, kind: str, window: Window | None = None) -> list[Page]:
    """All pages of a window."""
    found = [portal.page(kind, window or Window())]
    while (token := found[-1].next) is not None:
        found.append(portal.page(kind, window or Window(), token))
    return found


def change(kind: str, key: str, revision: int, body: Mapping[str, Any], message_id: str) -> PortalChange:
    return PortalChange(kind, key, revision, body, message_id)
