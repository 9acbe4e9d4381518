"""A partner subscribes to changes; its receiver checks the Standard Webhooks signature with lines of its own."""

from __future__ import annotations

import json
from typing import Any

import httpx

from gateway.demo.stage import Shown, Stage, good, records_of, shown
from gateway.demo.steps.deliveries import again, target
from schemas import samples

_EVENTS = ("contract.created", "contract.state")
_CONTRACTS = 3
_SECONDS = 40.0


def play(stage: Stage) -> Shown:
    """Subscribe, push three contracts, have one signed: four deliveries, each signed."""
    port = stage.memory["ports"]["webhook"]
    with stage.client("yunfan") as client:
        hook, is_new = _subscribed(stage, client, f"http://127.0.0.1:{port}/hooks")
        receiver = stage.listener(port, hook["keys"][0])
        bodies = [samples.contract(880_000 + index) for index in range(_CONTRACTS)]
        answer = good(client.post("/v1/contracts", json=bodies))
        code = answer["records"][0]["code"]
        if good(client.get(f"/v1/contracts/{code}"))["state"] == "generated":
            good(client.post(f"/v1/contracts/{code}/state", json={"state": "signed"}))
        if not is_new:
            again(client, hook["target_id"])
    expected = {("contract.created", body["business_no"]) for body in bodies}
    expected.add(("contract.state", bodies[0]["business_no"]))
    told = receiver.messages(lambda said: expected <= {_event(one) for one in said}, _SECONDS, "Webhook")
    facts = {"deliveries": sorted({(*_event(one), one["signature"]) for one in told if _event(one) in expected})}
    right = sum(signature == "right" for *_, signature in facts["deliveries"])
    return shown(
        f"合同 {_CONTRACTS} 份，签署其中 1 份",
        records_of("yunfan", "/v1/contracts", answer),
        facts=json.loads(json.dumps(facts)),
        lines=(f"收到 {len(expected)} 条事件，接收方自行验签 {right} 条正确 right",),
        links={"Webhook 投递记录 deliveries": stage.curl("yunfan", f"/v1/targets/{hook['target_id']}/deliveries")},
    )


def _subscribed(stage: Stage, client: httpx.Client, url: str) -> tuple[dict[str, Any], bool]:
    """The target with its key, and whether it was made just now."""
    known = stage.memory["webhook"]
    if known is not None and target(client, target_id=known["target_id"], url=url) is not None:
        return known, False
    stage.memory["webhook"] = good(client.post("/v1/targets", json={"url": url, "events": list(_EVENTS)}))
    return stage.memory["webhook"], True


def _event(said: dict[str, Any]) -> tuple[Any, Any]:
    return said.get("type"), said.get("key")
