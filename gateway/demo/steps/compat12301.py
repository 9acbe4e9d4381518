"""An ERP of the existing e-contract protocol, to which only the address is new; its call-back arrives, signed."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.demo.processes import run_program
from gateway.demo.sent import lvy_contract
from gateway.demo.stage import Shown, Stage, records_of, shown
from gateway.demo.steps.deliveries import again, target

_NUMBERS = ("HT20170805001", "HT20170805002")
_GENERATED = 1
_SECONDS = 40.0


def play(stage: Stage) -> Shown:
    """A good contract and a bad one; the state of the good one is told to its callbackURL."""
    address = f"http://127.0.0.1:{stage.memory['ports']['callback']}/callback"
    good, bad = (_contract(stage, number, address) for number in _NUMBERS)
    bad["touristsInfo"]["totalNumber"] = 9
    agency = good["travelAgency"]
    receiver = stage.listener(
        stage.memory["ports"]["callback"], agency["transactorPhone"] + agency["travelAgencyLicenseNumber"]
    )
    with stage.client("lvzhou") as client:
        known = target(client, format="compat12301")
        replies = [_send(stage, number, body) for number, body in zip(_NUMBERS, (good, bad), strict=True)]
        if known is not None:
            again(client, known["target_id"])
    said = receiver.messages(lambda said: any(map(_is_generated, said)), _SECONDS, "回调 call-back")
    told = next(filter(_is_generated, said))
    error, *_ = replies[1]["error"]["errors"]
    records = [r for n, reply in zip(_NUMBERS, replies, strict=True) for r in records_of("lvzhou", n, reply["answer"])]
    facts = {"call_back": {name: told[name] for name in ("contractNumber", "state", "signature")}, "error": error}
    return shown(
        "合同 2 份，MD5 签名请求头",
        records,
        facts=facts,
        lines=(
            f"{error['code']} {error['field']} {error['message']}",
            f"回调 {told['contractNumber']}：state {told['state']} {told['content']}，sign "
            + ("正确 right" if told["signature"] == "right" else "[red]错误 WRONG[/red]"),
        ),
    )


def _contract(stage: Stage, number: str, address: str) -> dict[str, Any]:
    index = 100 + _NUMBERS.index(number)
    body = lvy_contract(stage.mappings / "lvy", index, f"LVZ-DEMO-{index}")
    return {**body, "contractNumber": number, "callbackURL": address}


def _send(stage: Stage, number: str, body: dict[str, Any]) -> dict[str, Any]:
    """The reply of the protocol to one contract, sent by the ERP's own program."""
    credential = stage.credentials["lvzhou"]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "contract.json"
        file.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        proof = (credential["api_key"], credential["secret"])
        (said,) = run_program("erp12301.py", stage.url, *proof, "contract", number, file)
    return json.loads(said.partition(" ")[2])


def _is_generated(said: dict[str, Any]) -> bool:
    return said.get("state") == _GENERATED
