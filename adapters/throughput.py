"""How many records of its examples a connector reads in a second, as it was last measured. One file in its folder."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from adapters.check import account_of, examples_of
from adapters.connector import Connector
from adapters.errors import Unreadable
from adapters.reading import read

FILE = "throughput.json"
_LEAST_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one mapping, by its stamp."""

    records_per_second: int
    measured_on: date


def measured(connector: Connector, today: date) -> dict[str, Measured]:
    """Measure each kind now, by its stamp. A kind whose examples hold no record that can be read is left out."""
    found = {}
    for kind, route in connector.routes.items():
        account, documents = account_of(route), [file.read_bytes() for file in examples_of(connector, kind)]
        count, began = 0, time.perf_counter()
        while documents and time.perf_counter() - began < _LEAST_SECONDS:
            before = count
            for document in documents:
                try:
                    count += sum(1 for _ in read(document, connector, today=today, kind=kind, account=account))
                except Unreadable:
                    continue
            if count == before:
                break
        if count:
            found[route.stamp] = Measured(round(count / (time.perf_counter() - began)), today)
    return found


def write(folder: Path, found: Mapping[str, Measured]) -> Path:
    """Keep what was measured; it goes with the folder into its next version."""
    told = {
        stamp: {"records_per_second": each.records_per_second, "measured_on": each.measured_on.isoformat()}
        for stamp, each in sorted(found.items())
    }
    file = folder / FILE
    file.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return file


def kept(folder: Path) -> dict[str, Measured]:
    """What was measured last; nothing where the file is missing or says something else."""
    try:
        told = json.loads((folder / FILE).read_text("utf-8"))
        return {
            stamp: Measured(int(each["records_per_second"]), date.fromisoformat(each["measured_on"]))
            for stamp, each in told.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
