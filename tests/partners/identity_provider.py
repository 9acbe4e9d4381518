"""An identity provider of a province (OpenID Connect), a program of its own: it signs in whoever the test says it does.

identity_provider.py CLIENT_ID CLIENT_SECRET prints its port. POST /control: whom it signs in, what it does wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Key:
    def __init__(self) -> None:
        self.kid = secrets.token_hex(4)
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        n, e = (b64(value.to_bytes((value.bit_length() + 7) // 8)) for value in (numbers.n, numbers.e))
        return {"kty": "RSA", "kid": self.kid, "use": "sig", "alg": "RS256", "n": n, "e": e}

    def signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{text}.{b64(self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class World:
    key = Key()
    other = Key()
    user: ClassVar[dict[str, Any]] = {}
    fault = ""
    codes: ClassVar[dict[str, dict[str, str]]] = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        issuer = f"http://127.0.0.1:{self.server.server_port}"  # pyright: ignore[reportAttributeAccessIssue]
        if World.fault == "away":
            return self.answer({"error": "down"}, 503)
        if url.path == "/.well-known/openid-configuration":
            return self.answer(
                {
                    "issuer": issuer if World.fault != "name" else "http://somebody.example",
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "jwks_uri": f"{issuer}/keys",
                }
            )
        if url.path == "/keys":
            return self.answer({"keys": [World.key.published()]})
        if url.path == "/authorize":
            code = secrets.token_urlsafe(16)
            World.codes[code] = query
            state = query["state"] if World.fault != "state" else "another"
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}")
            self.end_headers()
            return None
        return self.answer({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/control":
            given = json.loads(body)
            World.user, World.fault = given["user"], given.get("fault", "")
            if World.fault == "rotated":
                World.key = Key()
            return self.answer({})
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = World.codes.pop(form["code"], None)
        expected = "Basic " + base64.b64encode(":".join(sys.argv[1:3]).encode()).decode()
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (
            asked is None
            or not hmac.compare_digest(self.headers.get("Authorization", ""), expected)
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return self.answer({"error": "invalid_grant"}, 400)
        return self.answer({"token_type": "Bearer", "access_token": "unused", "id_token": self.token(asked)})

    def token(self, asked: dict[str, str]) -> str:
        now, fault = int(time.time()), World.fault
        claims: dict[str, Any] = {
            "iss": f"http://127.0.0.1:{self.server.server_port}",  # pyright: ignore[reportAttributeAccessIssue]
            "sub": "1001",
            "aud": asked["client_id"] if fault != "audience" else "another",
            "nonce": asked["nonce"] if fault != "nonce" else "another",
            "iat": now,
            "exp": now + 300 if fault != "expired" else now - 300,
            **World.user,
        }
        key = World.other if fault == "forged" else World.key
        token = key.signed({"alg": "RS256", "kid": World.key.kid}, claims)
        if fault == "headless":
            return f"{b64(b'[]')}.{token.split('.')[1]}.{token.split('.')[2]}"
        if fault == "unsigned":
            return f"{b64(json.dumps({'alg': 'none'}).encode())}.{token.split('.')[1]}."
        if fault == "symmetric":
            head = f"{b64(json.dumps({'alg': 'HS256', 'kid': World.key.kid}).encode())}.{token.split('.')[1]}"
            return f"{head}.{b64(hmac.digest(World.key.published()['n'].encode(), head.encode(), 'sha256'))}"
        return token

    def answer(self, value: dict[str, Any], status: int = 200) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
