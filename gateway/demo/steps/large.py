"""A document too large for a push: sent in parts, worked on in the background, one signature over all rows."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from gateway.base.errors import UserError
from gateway.client.uploading import follow, hand_over
from gateway.demo.sent import laoqiao_export
from gateway.demo.stage import Shown, Stage, good
from gateway.trust import receipts
from gateway.trust.signing import PublicKey, Purpose

_FILE = "laoqiao-5000.csv"
_ROWS, _BAD_EVERY = 5000, 1000


def play(stage: Stage) -> Shown:
    """Hand it over with the bar of `yizhan submit`, follow it to its end, check the receipt against the list."""
    with stage.client("laoqiao") as client:
        answer = good(_handed_over(stage, client))
        where = f"/v1/submissions/{answer['submission_id']}"
        follow(stage.console, client, answer["submission_id"])
        receipt = client.get(f"{where}/receipt").text
        fates = client.get(f"{where}/records.ndjson").content
        failures = client.get(f"{where}/records.ndjson", params={"failures": "true"}).text.splitlines()
        claims = receipts.verify(receipt, _keys(client))
    if claims["records"]["sha256"] != sha256(fates).hexdigest():
        raise UserError("回执与处理结果清单不符 / the receipt is not that of the list")
    counts = claims["counts"]
    return Shown(
        f"CSV {counts['rows']:,} 行，后台处理",
        taken=counts["rows"] - len(failures),
        rejected=len(failures),
        facts={"counts": counts, "receipt": receipt, "failures": [_failure(line) for line in failures]},
        lines=(f"回执对 {claims['records']['lines']:,} 行结果一次签名，验签并与清单核对一致 receipt verified",),
        links={"未通过清单 failures": stage.curl("laoqiao", f"{where}/records.ndjson?failures=true")},
    )


def _handed_over(stage: Stage, client: httpx.Client) -> httpx.Response:
    with TemporaryDirectory() as folder:
        file = Path(folder) / _FILE
        file.write_bytes(laoqiao_export("LQ-BIG", _ROWS, _BAD_EVERY))
        return hand_over(stage.console, client, file, "text/csv", options={"connector": "laoqiao"})


def _keys(client: httpx.Client) -> dict[bytes, PublicKey]:
    published = good(client.get("/.well-known/jwks.json"))["keys"]
    keys = [PublicKey.from_jwk(jwk) for jwk in published if jwk["yizhan:purpose"] == Purpose.RECEIPT.value]
    return {key.kid: key for key in keys}


def _failure(line: str) -> dict[str, Any]:
    record = json.loads(line)
    return {"locator": record["locator"], "codes": [finding["code"] for finding in record["findings"]]}
