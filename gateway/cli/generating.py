"""`yizhan sandbox generate`: synthetic records on standard output, a line each."""

from __future__ import annotations

import sys

import orjson

from gateway.base.clock import Clock
from gateway.base.errors import UserError
from gateway.onboarding.generator import KINDS, generated


def write(kind: str, count: int, *, seed: int, dirty: bool) -> None:
    if kind not in KINDS:
        raise UserError(f"只能生成 {'、'.join(KINDS)} / there are samples of {', '.join(KINDS)} only")
    for body in generated(kind, count, seed=seed, today=Clock.china_today(), dirty=dirty):
        sys.stdout.buffer.write(orjson.dumps(body) + b"\n")
