"""`python -m benchmarks.run [NAMES...]`: measure all, or the named parts, and write the result."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rich.console import Console

from benchmarks import batch, bulk, machine, mapping, push, reconcile, report, sftp, sheet, soap, verify
from benchmarks.rows import Row
from benchmarks.stage import Stage, set_up

SERVED: dict[str, Callable[[Stage], list[Row]]] = {
    "push": push.measure,
    "bulk": bulk.measure,
    "batch": batch.measure,
    "soap": soap.measure,
    "sftp": sftp.measure,
    "verify": verify.measure,
}
ALONE: dict[str, Callable[[], list[Row]]] = {
    "mapping": mapping.measure,
    "sheet": sheet.measure,
    "reconcile": reconcile.measure,
}


def main(names: list[str]) -> int:
    """0 when the run came to its end; a missed target is a figure, not a failure."""
    wanted = set(names or (*SERVED, *ALONE))
    if unknown := wanted - SERVED.keys() - ALONE.keys():
        sys.stderr.write(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join((*SERVED, *ALONE))}\n")
        return 2
    console = Console(stderr=True)
    rows: list[Row] = []
    with set_up() as stage:
        described = machine.describe(stage.postgres_version())
        for name, measure in SERVED.items():
            if name in wanted:
                rows += _timed(console, name, lambda measure=measure: measure(stage))
    for name, measure in ALONE.items():
        if name in wanted:
            rows += _timed(console, name, measure)
    found = report.merge([row.as_dict(described) for row in rows])
    report.write(found)
    report.show(found)
    return 0


def _timed(console: Console, name: str, measure: Callable[[], list[Row]]) -> list[Row]:
    started = time.perf_counter()
    with console.status(f"{name} ..."):
        rows = measure()
    console.print(f"{name}: {time.perf_counter() - started:.0f} s")
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
