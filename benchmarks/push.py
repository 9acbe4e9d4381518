"""One contract a request over 64 connections: durable, coded, signed."""

from __future__ import annotations

from benchmarks import PLAIN_TOKEN
from benchmarks.payloads import contracts, pushes
from benchmarks.rows import Row, Target, interleaved, scaled
from benchmarks.stage import Stage

NAMES = ("push, one contract a request, 64 connections", "push, p99 against the peer's p50")


def measure(stage: Stage) -> list[Row]:
    amount, plain_amount = scaled(12_000, 3_000), scaled(2_400, 800)

    def ours(requests: int = amount) -> dict[str, float]:
        return stage.drive(stage.ours, pushes(contracts(requests), "/v1/contracts", stage.bearer), 201)

    def plain(requests: int = plain_amount) -> dict[str, float]:
        return stage.drive(stage.plain, pushes(contracts(requests), "/contracts", PLAIN_TOKEN), 201)

    def echo() -> dict[str, float]:
        return stage.drive(stage.echo, pushes(contracts(amount), "/v1/contracts", stage.bearer), 200)

    ours(amount // 6)
    plain(plain_amount // 6)
    us, peer, limit = interleaved([ours, plain, echo])
    return [
        Row(
            NAMES[0],
            "contracts/s",
            us["per_second"],
            peer["per_second"],
            "plain service",
            Target(">=", 7),
            limit["per_second"],
            "bare ASGI echo",
            Target(">=", 0.15),
        ),
        Row(NAMES[1], "ms", us["p99_ms"], peer["p50_ms"], "plain service", Target("<=", 1)),
    ]
