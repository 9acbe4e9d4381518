"""`python -m benchmarks.run [NAMES...]`: measure all, or the named parts, and write each row as it is measured."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager

from rich.console import Console

from benchmarks import batch, bulk, log, machine, mapping, push, reconcile, report, sftp, sheet, soap, templates, verify
from benchmarks.rows import Part, Row, Unmeasured
from benchmarks.stage import set_up

SERVED: Mapping[str, Part] = {
    "push": Part(push.NAMES, push.measure),
    "log": Part(log.NAMES, log.measure),
    "bulk": Part(bulk.NAMES, bulk.measure),
    "batch": Part(batch.NAMES, batch.measure),
    "soap": Part(soap.NAMES, soap.measure),
    "sftp": Part(sftp.NAMES, sftp.measure),
    "verify": Part(verify.NAMES, verify.measure),
}
ALONE: Mapping[str, Part] = {
    "mapping": Part(mapping.NAMES, mapping.measure),
    "sheet": Part(sheet.NAMES, sheet.measure),
    "reconcile": Part(reconcile.NAMES, reconcile.measure),
    "templates": Part(templates.NAMES, templates.measure),
}

Stages = Callable[[], AbstractContextManager[object]]


def main(names: list[str]) -> int:
    """0 when every wanted row was measured, 1 when one was not; a missed target is a figure, not a failure."""
    wanted = set(names or (*SERVED, *ALONE))
    if unknown := wanted - SERVED.keys() - ALONE.keys():
        sys.stderr.write(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join((*SERVED, *ALONE))}\n")
        return 2
    served, alone = ({name: parts[name] for name in parts if name in wanted} for parts in (SERVED, ALONE))
    written = report.Report()
    complete = keep(rows(served, alone, set_up), written, machine.describe())
    report.show(written.rows)
    return 0 if complete else 1


def keep(found: Iterable[Row | Unmeasured], written: report.Report, described: str) -> bool:
    """Write each row at once; True when all were measured."""
    complete = True
    for row in found:
        written.put(row.as_dict(described))
        if isinstance(row, Unmeasured):
            complete = False
            sys.stderr.write(f"{row.name}: not measured: {row.reason}\n")
    return complete


def rows(served: Mapping[str, Part], alone: Mapping[str, Part], stages: Stages) -> Iterator[Row | Unmeasured]:
    """All rows: first of the parts that share a stage, then of those that need none. No failure ends it."""
    yield from _on_stage(served, stages)
    for name, part in alone.items():
        yield from _timed(name, part.run())


def _on_stage(parts: Mapping[str, Part], stages: Stages) -> Iterator[Row | Unmeasured]:
    left = dict(parts)
    try:
        if left:
            with stages() as stage:
                for name in parts:
                    yield from _timed(name, left.pop(name).run(stage))
    except Exception as error:
        sys.stderr.write(f"the stage: {error}\n")
        for part in left.values():
            yield from part.unmeasured(error)


def _timed(name: str, found: Iterable[Row | Unmeasured]) -> Iterator[Row | Unmeasured]:
    console = Console(stderr=True)
    started = time.perf_counter()
    with console.status(f"{name} ..."):
        yield from found
    console.print(f"{name}: {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
