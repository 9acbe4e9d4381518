"""The subprocess that sets a roster and puts it under its seals: a JSON order on standard input, the PDF on its output.

Typst reaches no network: the template asks for no package. Memory, and time of the processor, are bounded by arguments
1 and 2. The keys of the seals come with the order and are nowhere else.
"""

from __future__ import annotations

import json
import resource
import sys
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from gateway.seals.hands import hand_of
from gateway.seals.pades import Spot, sealed

_HERE = Path(__file__).parent
_STANDARD = "a-2b"


def main(arguments: Sequence[str]) -> None:
    memory, seconds = map(int, arguments)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    order = json.loads(sys.stdin.buffer.read())
    pdf, spots = _typeset(order["form"], datetime.fromisoformat(order["made_at"]))
    hands = {role: hand_of(given) for role, given in order["seals"].items()}
    if hands:
        pdf = sealed(pdf, spots, hands, b64decode(order["root"]))
    sys.stdout.buffer.write(pdf)


def _typeset(form: Mapping[str, Any], made_at: datetime) -> tuple[bytes, list[Spot]]:
    compiler = typst.Compiler(
        str(_HERE / "roster.typ"),
        root=str(_HERE),
        font_paths=[str(_HERE / "font")],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(form)},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=_STANDARD, timestamp=made_at)
    places = [found["value"] for found in json.loads(compiler.query("<spot>"))]
    spots = [Spot(**place | {"x": _points(place["x"]), "y": _points(place["y"])}) for place in places]
    return bytes(pdf), spots  # pyright: ignore[reportArgumentType] - a PDF is one file


def _points(length: str) -> float:
    return float(length.removesuffix("pt"))


if __name__ == "__main__":
    main(sys.argv[1:])
