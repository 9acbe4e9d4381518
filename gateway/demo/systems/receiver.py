"""Where a partner is told of changes: `python receiver.py <port>`, with SECRET in the environment.

/hooks     Standard Webhooks; SECRET is the `whsec_...` that was shown when the address was registered
/callback  state call-backs of the existing e-contract protocol; SECRET is what both sides know of the
          contract: the telephone of its transactor followed by the agency's licence number

Says what came and whether its signature holds, a line of JSON each. Ends when its standard input does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["SECRET"]
TOLERANCE_SECONDS = 300
SIGNED_FIELDS = ("content", "contractNumber", "signatoryIDNumber", "signatoryPhone", "state")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told, good, refusal = self.webhook(body) if self.path == "/hooks" else self.callback(body)
        print(json.dumps({**told, "signature": "right" if good else "WRONG"}, ensure_ascii=False), flush=True)
        self.send_response(200 if good else refusal)
        self.end_headers()
        self.wfile.write(b"success" if good else b"fail")

    def webhook(self, body: bytes) -> tuple[dict[str, object], bool, int]:
        message, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signed = f"{message}.{timestamp}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        given = self.headers["webhook-signature"].split()
        good = any(hmac.compare_digest(expected, one) for one in given)
        good = good and abs(time.time() - int(timestamp)) < TOLERANCE_SECONDS
        document = json.loads(body)
        return {"id": message, "type": document["type"], "key": document["data"]["key"]}, good, 401

    def callback(self, body: bytes) -> tuple[dict[str, object], bool, int]:
        data = json.loads(body)["data"]
        signed = SECRET + "".join(str(data[name]) for name in SIGNED_FIELDS)
        good = data["sign"] == hashlib.md5(signed.encode()).hexdigest()  # noqa: S324 - the protocol's own
        return {name: data[name] for name in ("contractNumber", "state", "content", "url")}, good, 200

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what came is said on standard output."""


class Server(ThreadingHTTPServer):
    """Takes as many at once as come: who finds no room knocks again after a second."""

    request_queue_size = 128


def main(port: str) -> None:
    server = Server(("127.0.0.1", int(port)), Receiver)
    print(json.dumps({"listening": int(port)}), flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # whoever started this is gone when it ends


if __name__ == "__main__":
    main(*sys.argv[1:])
