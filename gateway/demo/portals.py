"""The simulated portals of the demo: three programs of their own, each with its database, and their control doors."""

from __future__ import annotations

import json
import os
import shlex
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gateway.demo.processes import outside, program, running

KINDS = ("agency", "branch", "outlet", "filing")
TITLES = {"minjiang": "闽江（SOAP）", "donghai": "东海（REST）", "jiangnan": "江南（SFTP）"}
DIVISIONS = {"minjiang": "350000", "donghai": "330000", "jiangnan": "320000"}
_RECORDS = 30
_START_SECONDS = 30.0
_VARIABLES = "portals.env"
_CODE, _KEY, _SECRET, _PASSWORD = "demo-verify-code", "testOnlyAppKey", "testOnlyappSecret", "demo-password"


@dataclass(frozen=True, slots=True)
class SimulatedPortal:
    """A portal program that runs; `said` is its first line."""

    name: str
    said: Mapping[str, Any]

    def control(self, command: str, **arguments: Any) -> Any:
        address = f"http://127.0.0.1:{self.said['control']}/{command}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(address, json.dumps(arguments).encode(), timeout=30) as answer:
            return json.loads(answer.read())

    def export(self, *, full: bool = False) -> None:
        """Lay out files where the portal speaks in files; the others show what they have at any time."""
        if self.name == "jiangnan":
            for kind in KINDS:
                self.control("export", kind=kind, full=full)

    def keys(self, kind: str) -> list[str]:
        return [key for key, _, _ in self.control("list", kind=kind)]

    def add(self, kind: str, model: str, key: str) -> None:
        """A record under a new key, otherwise like that of `model`."""
        held = self.control("read", kind=kind, key=model)["body"]
        fields = {name: key if value == model else value for name, value in held.items()}
        self.control("change", kind=kind, key=key, set=fields)


def open_portals(folder: Path, background: ExitStack) -> dict[str, SimulatedPortal]:
    """Start all three, until `background` is closed, and give this process what their connectors refer to."""
    folder.mkdir(parents=True, exist_ok=True)
    start = partial(_start, folder=folder, background=background)
    minjiang = start("minjiang", "portal_soap.py", secrets={"VERIFY_CODE": _CODE})
    donghai = start("donghai", "portal_rest.py", secrets={"APP_KEY": _KEY, "APP_SECRET": _SECRET})
    secrets = {"PORTAL_USER": "yizhan", "PASSWORD": _PASSWORD}
    jiangnan = start("jiangnan", "portal_sftp.py", "--folder", folder / "files", secrets=secrets)
    os.environ |= {
        "MINJIANG_URL": f"http://127.0.0.1:{minjiang.said['listening']}/Service.asmx",
        "MINJIANG_CODE": _CODE,
        "DONGHAI_URL": f"http://127.0.0.1:{donghai.said['listening']}/api",
        "DONGHAI_APP_KEY": _KEY,
        "DONGHAI_APP_SECRET": _SECRET,
        "JIANGNAN_HOST": "127.0.0.1",
        "JIANGNAN_PORT": str(jiangnan.said["listening"]),
        "JIANGNAN_PASSWORD": _PASSWORD,
        "JIANGNAN_HOST_KEY": jiangnan.said["host_key"],
    }
    return {portal.name: portal for portal in (minjiang, donghai, jiangnan)}


def write_variables(home: Path, url: str, official: Mapping[str, str]) -> Path:
    """A file for the shell of whoever runs the examples of the how-tos beside the demo; only its owner reads it.

    It holds the way to our commands, the home, the official's key and what the connectors of the portals refer to.
    """
    names = sorted(name for name in os.environ if name.startswith(tuple(f"{each.upper()}_" for each in TITLES)))
    known = {"YIZHAN_HOME": str(home), "YIZHAN_URL": url, "KEY_ID": official["key_id"], "SECRET": official["secret"]}
    known |= {name: os.environ[name] for name in names}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in known.items()]
    file = home / _VARIABLES
    file.touch(mode=0o600)
    file.write_text(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"\n' + "".join(lines), "utf-8")
    return file


def _start(
    name: str, file: str, *more: object, folder: Path, background: ExitStack, secrets: Mapping[str, str]
) -> SimulatedPortal:
    command = program(file, folder / f"{name}.sqlite", *more, "--records", _RECORDS)
    process = background.enter_context(running(command, outside(secrets)))
    said = process.messages(bool, _START_SECONDS, file)
    return SimulatedPortal(name, said[0])
