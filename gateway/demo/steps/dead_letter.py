"""A contract that was rejected is edited where its finding points, tried out, and replayed: it gets its code."""

from __future__ import annotations

from typing import Any

import httpx

from gateway.demo.stage import Shown, Stage, good, records_of, shown

_FINDING, _POINTER, _PRICE = "MAP-020", "/cost/totalCost", 9836.5


def play(stage: Stage) -> Shown:
    """The contract whose price was 面议. In a second run it is resolved already: the replay's answer is shown."""
    letter = next(
        rejection for rejection in stage.played["lvyun"].rejections if rejection["findings"][0]["code"] == _FINDING
    )
    with stage.client("lvyun") as client:
        if _find(client, letter, "resolved") is None:
            _correct(client, letter)
        resolved = _find(client, letter, "resolved") or {}
        replay = good(client.get(f"/v1/submissions/{resolved['replayed_by']}"))
    records = records_of("lvyun", letter["document"], replay["answer"])
    return shown(
        f"{letter['document']}，改价后重放",
        records,
        facts={"finding": _FINDING, "set": {_POINTER: _PRICE}, "state": resolved["state"]},
        lines=(f"{_FINDING} {_POINTER}：面议 → {_PRICE}；先试算 dry run，再重放，取得编码 {records[0]['code']}",),
        links={"死信 dead letters": stage.curl("lvyun", "/v1/dead-letters")},
    )


def _find(client: httpx.Client, letter: dict[str, Any], state: str) -> dict[str, Any] | None:
    where = {"submission_id": letter["submission_id"], "state": state}
    return next(iter(good(client.get("/v1/dead-letters", params=where))["dead_letters"]), None)


def _correct(client: httpx.Client, letter: dict[str, Any]) -> None:
    """Edit, which tries out; a dry run; then for good."""
    where = f"/v1/submissions/{letter['submission_id']}/dead-letters/{letter['ordinal']}/edit"
    good(client.post(where, json={"set": {_POINTER: _PRICE}}))
    for dry_run in (True, False):
        wanted = {"submission_id": letter["submission_id"], "dry_run": dry_run}
        good(client.post("/v1/dead-letters/replay", json=wanted))
