"""An ERP that has always spoken the existing protocol, as a process of its own. Knows nothing of Yizhan.

    python erp12301.py <base url> <app id> <sign key> contract <contract number> <body file>
    python erp12301.py <base url> <app id> <sign key> team <china|outbound|inbound> <body file>

Prints `<status> <reply>`. Only the address is configuration, as with the real one.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path


def main(base: str, app_id: str, sign_key: str, what: str, name: str, body: str) -> None:
    timestamp = str(int(time.time() * 1000))
    digest = hashlib.md5((sign_key + timestamp).encode()).hexdigest()  # noqa: S324 - the protocol's own
    path = f"/v1/econtract/apply/{name}" if what == "contract" else f"/team/{name}"
    request = urllib.request.Request(  # noqa: S310 - the address is an argument
        base + path,
        Path(body).read_bytes(),
        {
            "Content-Type": "application/json;charset=utf-8",
            "x-12301-source": app_id,
            "x-12301-key": app_id,
            "x-12301-version": "1.0",
            "x-12301-timestamp": timestamp,
            "x-12301-signature": base64.b64encode(digest.encode()).decode(),
            "X-Forwarded-Proto": "https",
        },
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as reply:
            print(reply.status, reply.read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
