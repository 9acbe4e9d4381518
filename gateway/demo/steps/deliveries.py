"""Deliveries are at least once. In a second run nothing has changed, so the demo asks for them again."""

from __future__ import annotations

from typing import Any

import httpx

from gateway.demo.stage import good


def again(client: httpx.Client, target_id: str) -> None:
    """Everything that was ever delivered to a target, once more, under the same message ids."""
    good(client.post(f"/v1/targets/{target_id}/state", json={"state": "active"}))
    good(client.post(f"/v1/targets/{target_id}/redeliver", json={"all": True}))


def target(client: httpx.Client, **wanted: str) -> dict[str, Any] | None:
    """The caller's target that has these properties, if there is one."""
    listed = good(client.get("/v1/targets"))["targets"]
    return next((each for each in listed if wanted.items() <= each.items()), None)
