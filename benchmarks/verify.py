"""The verify API and page, every request for another contract, against the bare echo."""

from __future__ import annotations

import psycopg

from benchmarks.payloads import batches, contracts, gets
from benchmarks.rows import Row, Target, interleaved, scaled
from benchmarks.stage import Stage

NAMES = ("verify API", "verify page")
_TARGET = Target(">=", 0.4)


def measure(stage: Stage) -> list[Row]:
    amount = scaled(6_000, 2_000)
    codes = _codes(stage, amount)

    def ask(port: int, path: str) -> dict[str, float]:
        return stage.drive(port, gets([f"{path}/{code}" for code in codes]), 200)

    ask(stage.ours, "/v1/verify")
    ask(stage.ours, "/v")
    api, page, echo = interleaved(
        [
            lambda: ask(stage.ours, "/v1/verify"),
            lambda: ask(stage.ours, "/v"),
            lambda: ask(stage.echo, "/v"),
        ]
    )
    return [
        Row(
            name,
            "requests/s",
            found["per_second"],
            limit=echo["per_second"],
            limit_name="bare ASGI echo",
            limit_target=_TARGET,
        )
        for name, found in zip(NAMES, (api, page), strict=True)
    ]


def _codes(stage: Stage, amount: int) -> list[str]:
    """Codes of contracts in the store; as many are pushed as are wanted."""
    stage.drive(stage.ours, batches(contracts(amount), "/v1/contracts", stage.bearer, 500), 200, 4)
    with psycopg.connect(stage.database_url) as connection:
        return [row[0] for row in connection.execute("SELECT code FROM record ORDER BY code LIMIT %s", [amount])]
