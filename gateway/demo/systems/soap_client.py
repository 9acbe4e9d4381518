"""An ERP that speaks SOAP: reads the WSDL, signs in with a digest, submits a good contract and a bad one.

python soap_client.py <base url>        (KEY_ID, SECRET)
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import zeep
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

BAD_NUMBER = "110105194912310021"  # its check character is wrong


def main(base: str) -> None:
    token = UsernameToken(os.environ["KEY_ID"], os.environ["SECRET"], use_digest=True)
    client = zeep.Client(f"{base}/soap?wsdl", wsse=token)
    service = client.create_service("{https://schemas.yizhan.example/soap/v1}YizhanSoap12", f"{base}/soap")
    for one in (contract("SOAP-DEMO-0001", "11010519491231002X"), contract("SOAP-DEMO-0002", BAD_NUMBER)):
        print(json.dumps(submit(service, one), ensure_ascii=False))


def contract(business_no: str, identity: str) -> dict[str, Any]:
    return {
        "business_no": business_no,
        "contract_type": "domestic",
        "agency": {"name": "闽南示例旅行社有限公司", "license_no": "L-FJ-CJ00012"},
        "route_name": "鼓浪屿三日游",
        "depart_on": "2017-08-04",
        "return_on": "2017-08-06",
        "headcount": 1,
        "travellers": [{"name": "张示例", "document": {"type": "resident_id", "number": identity}}],
        "total_price": "1980.00",
    }


def submit(service: Any, one: dict[str, Any]) -> dict[str, Any]:
    """What became of one contract: its record, or the fault with its findings."""
    try:
        answer = service.SubmitContracts(contract=[one])
    except Fault as fault:
        findings = [
            {
                "code": finding.findtext("{*}code"),
                "severity": finding.findtext("{*}severity"),
                "locator": finding.findtext("{*}locator"),
                "why": finding.findtext("{*}reason/{*}zh"),
            }
            for finding in (() if fault.detail is None else fault.detail.iter("{*}findings"))
        ]
        return {"business_no": one["business_no"], "fault": fault.message, "findings": findings}
    (record,) = answer.records
    return {"business_no": record.key, "status": record.status, "code": record.code, "qr_text": record.qr_text}


if __name__ == "__main__":
    main(*sys.argv[1:])
