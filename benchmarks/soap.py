"""One contract a SOAP call over 64 connections, beside REST pushes of the same contracts; both prove who calls."""

from __future__ import annotations

from benchmarks.payloads import contracts, signed_pushes, soap_calls
from benchmarks.rows import Row, interleaved, scaled
from benchmarks.stage import Stage

NAMES = ("SOAP, one contract a call, username digest, 64 connections",)


def measure(stage: Stage) -> list[Row]:
    amount = scaled(8_000, 1_500)

    def over_soap(requests: int = amount) -> dict[str, float]:
        return stage.drive(stage.ours, soap_calls(contracts(requests), stage.bearer), 200)

    def over_rest(requests: int = amount) -> dict[str, float]:
        return stage.drive(stage.ours, signed_pushes(contracts(requests), "/v1/contracts", stage.bearer), 201)

    over_soap(amount // 6)
    over_rest(amount // 6)
    ours, rest = interleaved([over_soap, over_rest])
    return [
        Row(
            NAMES[0],
            "contracts/s",
            ours["per_second"],
            rest["per_second"],
            "REST push, HMAC signature",
        ),
    ]
