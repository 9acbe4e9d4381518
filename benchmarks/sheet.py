"""A sheet of 100,000 rows to canonical records against calamine's bare read; peak memory, also of a million CSV rows.

Every measurement runs in a process of its own (`python -m benchmarks.sheet WHAT FILE`), so that its memory is its own.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import xlsxwriter
from python_calamine import load_workbook

from adapters.connector import Connector, load_connector
from adapters.envelope import CanonicalRecord
from adapters.formats.options import Read
from adapters.mapping import loader
from adapters.mapping.compiler import Mapper
from adapters.reading import read
from benchmarks.payloads import traveller_rows
from benchmarks.rows import Row, Target, interleaved, scaled
from gateway.base.settings import Settings
from schemas.samples import CHECKED_ON

_ROWS_A_CONTRACT = 3
_MEMORY_MIB = 512
_ROWS, _MANY = scaled(100_002, 20_001), scaled(1_000_002, 50_001)
NAMES = (
    f"{_ROWS:,}-row sheet to canonical records",
    f"peak memory, {_ROWS:,}-row sheet",
    f"peak memory, {_MANY:,} rows of CSV",
)
_LEGACY = Settings().mappings / "laoqiao"


def measure() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        workbook, text = Path(folder) / "export.xlsx", Path(folder) / "export.csv"
        _write_workbook(workbook, _ROWS // _ROWS_A_CONTRACT)
        _write_text(text, _MANY // _ROWS_A_CONTRACT)
        us, bare = interleaved([lambda: _apart("convert", workbook), lambda: _apart("bare", workbook)])
        yield Row(NAMES[0], "s", us["seconds"], bare["seconds"], *_CALAMINE)
        yield _memory(NAMES[1], us["mib"])
        yield _memory(NAMES[2], _apart("convert", text)["mib"])


_CALAMINE = ("calamine's bare read", Target("<=", 2.5))


def _memory(name: str, mib: float) -> Row:
    return Row(name, "MiB", mib, limit=float(_MEMORY_MIB), limit_name="allowed memory", limit_target=Target("<=", 1))


def _apart(what: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.sheet", what, str(file)]
    return json.loads(subprocess.check_output(command, cwd=Path(__file__).parent.parent, timeout=300))


def _convert(file: Path) -> int:
    """Canonical records of a legacy export, read as its folder's mapping says, from a sheet or from text."""
    connector = load_connector(_LEGACY) if file.suffix == ".csv" else _sheet_connector()
    contracts = 0
    for outcome in read(file, connector, today=CHECKED_ON):
        assert isinstance(outcome, CanonicalRecord)
        contracts += 1
    return contracts * _ROWS_A_CONTRACT


def _sheet_connector() -> Connector:
    """The legacy mapping, told to read the same columns from a sheet."""
    mapping = loader.load(_LEGACY / "contract.yaml")
    options = Read(format="sheet", header=mapping.read.header, group_by=mapping.read.group_by)
    return replace(load_connector(_LEGACY), routes={"contract": Mapper(replace(mapping, read=options))})


def _bare(file: Path) -> int:
    return sum(1 for _ in load_workbook(str(file)).get_sheet_by_index(0).iter_rows()) - 1


def _write_workbook(file: Path, contracts: int) -> None:
    with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet("合同")
        for number, row in enumerate(traveller_rows(contracts)):
            sheet.write_row(number, 0, row)


def _write_text(file: Path, contracts: int) -> None:
    with file.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(traveller_rows(contracts))


def main(what: str, file: str) -> None:
    work: Callable[[Path], int] = {"convert": _convert, "bare": _bare}[what]
    started = time.perf_counter()
    rows = work(Path(file))
    seconds = time.perf_counter() - started
    assert rows > 0
    kib = _own_peak_kib() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sys.stdout.write(json.dumps({"seconds": seconds, "mib": kib / 1024}))


def _own_peak_kib() -> int:
    """What this process itself has held at most; `ru_maxrss` would begin with what its parent held."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
