"""An ERP that speaks SOAP reads the WSDL, submits a contract, and learns from a fault where the other one is wrong."""

from __future__ import annotations

import json
from typing import Any

from gateway.demo.processes import run_program
from gateway.demo.stage import Shown, Stage


def play(stage: Stage) -> Shown:
    """One call that is answered and one that is a fault, signed in with UsernameToken digests."""
    credential = stage.credentials["minnan"]
    said = run_program("soap_client.py", stage.url, KEY_ID=credential["api_key"], SECRET=credential["secret"])
    good, bad = (json.loads(line) for line in said)
    finding = next(each for each in bad["findings"] if each["severity"] == "error")
    return Shown(
        "规范合同 2 份，摘要认证",
        taken=1,
        rejected=1,
        records=[_record(good)],
        facts={"fault": bad["fault"], "findings": bad["findings"]},
        lines=(f"{finding['code']} {finding['why']}，位置 XPath：", f"  {_shortened(finding['locator'])}"),
        links={"SOAP": f"{stage.url}/soap?wsdl"},
    )


def _record(good: dict[str, Any]) -> dict[str, Any]:
    return {**good, "key": good["business_no"], "partner": "minnan", "document": "SubmitContracts"}


def _shortened(xpath: str) -> str:
    """Without the envelope, which is the same in all."""
    return xpath.removeprefix("/soap:Envelope/soap:Body/")
