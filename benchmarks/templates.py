"""A template of six pages filled in and printed as PDF, beside LibreOffice by itself on the same filled document."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from pypdfium2 import PdfDocument

from adapters.word.checking import checked
from adapters.word.composing import composed
from adapters.word.filling import filled
from benchmarks.rows import Row, Target, interleaved, scaled
from gateway.cli.components import demand
from gateway.templates.fields import complete_sample
from gateway.templates.office import Office

_PAGES = 6
NAMES = (f"template of {_PAGES} pages to PDF",)
_ROUNDS = scaled(5, 2)
_CLAUSE = "## 第{0}条 示例条款\n" + "双方应当本着诚实信用的原则履行合同约定的义务，未尽事宜由双方协商解决。" * 8 + "\n"


def measure() -> Iterator[Row]:
    program = demand("libreoffice")
    template = _template()
    contract = complete_sample(checked(template).fields)
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        document = Path(folder) / "in.docx"
        document.write_bytes(filled(template, contract, {"code": "LY26", "qr": ""}))
        office = Office(Path(folder) / "office")
        pages = _pages(asyncio.run(office.pdf(document.read_bytes(), owner=0)))
        if pages != _PAGES:
            raise ValueError(f"the template has {pages} pages, not {_PAGES}")
        bare = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf"]
        bare += ["--outdir", folder, str(document)]
        subprocess.run(bare, capture_output=True, check=True)

        def ours() -> dict[str, float]:
            return _seconds(lambda: asyncio.run(office.pdf(filled(template, contract, {}), owner=0)))

        def alone() -> dict[str, float]:
            return _seconds(lambda: subprocess.run(bare, capture_output=True, check=True))

        us, peer = interleaved([ours, alone])
        office.close()
    yield Row(
        NAMES[0], "s", us["seconds"], peer["seconds"], "LibreOffice by itself", None, 1.0, "a second", Target("<=", 1)
    )


def _template() -> bytes:
    text = (files("schemas") / "templates" / "GF-2014-2401.txt").read_text(encoding="utf-8")
    return composed(text + "".join(_CLAUSE.format(number) for number in range(14, 29)))


def _pages(pdf: bytes) -> int:
    with PdfDocument(pdf) as document:
        return len(document)


def _seconds(work: Callable[[], object]) -> dict[str, float]:
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        work()
    return {"seconds": (time.perf_counter() - started) / _ROUNDS}
