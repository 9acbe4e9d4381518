from __future__ import annotations

from base64 import b64encode
from hashlib import md5

import pytest

from gateway.access.signatures12301 import callback_signature, is_request_signature, request_signature

WORKED = ("demo-sign-key", "1501804800000", "ZDU3ZDBlM2U4NzFmZmE2OTQ5Yzg3Mzg5MmNjOTg0Njk=")


def test_the_worked_example_of_a_request() -> None:
    key, timestamp, signature = WORKED
    assert request_signature(key, timestamp) == signature
    assert is_request_signature(signature, key, timestamp)


def test_the_case_of_the_digits_is_ignored() -> None:
    key, timestamp, _ = WORKED
    upper = md5((key + timestamp).encode()).hexdigest().upper()
    assert is_request_signature(b64encode(upper.encode()).decode(), key, timestamp)


@pytest.mark.parametrize("given", ["", "x", "ZDU3", "éé", "A" + WORKED[2][1:], "d57d0e3e871ffa6949c87389 2cc98469"])
def test_anything_else_is_no_signature(given: str) -> None:
    assert not is_request_signature(given, *WORKED[:2])


def test_a_call_back_is_signed_over_its_values_in_ordinal_order() -> None:
    fields = {
        "state": "1",
        "content": "合同已生成",
        "signatoryPhone": "13900139000",
        "contractNumber": "HT1",
        "signatoryIDNumber": "11010519491231002X",
    }
    text = "13800138000" + "L-BJ-CJ00144" + "合同已生成" + "HT1" + "11010519491231002X" + "13900139000" + "1"
    assert callback_signature("13800138000", "L-BJ-CJ00144", fields) == md5(text.encode()).hexdigest()
