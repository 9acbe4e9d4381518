"""Which connectors there is something to fetch from. Read at every parse, so only YAML and the standard library."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WITHOUT_WINDOWS = "sftp"


@dataclass(frozen=True, slots=True)
class Source:
    """A connector with a `source`, as its own file describes it. `schedule` is cron in China time; None: by hand."""

    id: str
    title: str
    channel: str
    transport: str
    schedule: str | None
    references: tuple[str, ...]

    @property
    def pool(self) -> str:
        """How many of its tasks run at once is bounded here: a portal is not to be flooded."""
        return f"portal_{self.id}"

    @property
    def connection(self) -> str:
        """The Airflow connection that may hold what the `env:` references stand for."""
        return f"portal_{self.id}"

    @property
    def is_set_up(self) -> bool:
        """Whether everything its file refers to is known in this process."""
        return all(name in os.environ for name in self.references)

    @property
    def reads_windows(self) -> bool:
        """Whether a span of the past can be asked for; files are taken as they are found."""
        return self.transport != _WITHOUT_WINDOWS

    @property
    def is_portal(self) -> bool:
        """Whether it keeps records that can be compared with ours."""
        return self.channel == "portal"


def folder() -> Path:
    """Where the partners' folders lie: YIZHAN_MAPPINGS, else beside this package."""
    return Path(os.environ.get("YIZHAN_MAPPINGS") or Path(__file__).parent.parent / "mappings")


def sources(where: Path | None = None) -> list[Source]:
    """Every connector that names a source, in the order of their names."""
    versions = {} if where is not None else served()
    files = sorted((where or folder()).glob("*/connector.yaml"))
    files += [Path(place) / "connector.yaml" for place in versions.values() if place is not None]
    loaded = [yaml.load(file.read_bytes(), Loader=_LOADER) for file in files]  # noqa: S506 - a safe loader
    found = {one["connector"]: one for one in loaded}  # a version of the database comes after the installed folder
    out = {name for name, place in versions.items() if place is None}
    return [_source(one) for name, one in sorted(found.items()) if one.get("source") and name not in out]


def served() -> dict[str, str | None]:
    """Which connectors are in service as versions of the database, and where the service has unpacked them."""
    home = os.environ.get("YIZHAN_HOME")
    if not home:
        return {}
    try:
        return json.loads((Path(home) / "connectors" / "served.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _source(connector: Mapping[str, Any]) -> Source:
    source = connector["source"]
    return Source(
        id=connector["connector"],
        title=connector["title"]["zh"],
        channel=connector["channel"],
        transport=source["transport"],
        schedule=source.get("schedule"),
        references=tuple(
            value.removeprefix("env:")
            for option in source.values()
            for value in (option if isinstance(option, list) else [option])
            if isinstance(value, str) and value.startswith("env:")
        ),
    )
