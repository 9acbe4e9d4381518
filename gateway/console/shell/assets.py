"""Static files, read once and held in memory. Every address carries the file's hash, so browsers keep them for good."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "static"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file. `version` is the beginning of its SHA-256."""

    name: str
    body: bytes
    media_type: str

    @cached_property
    def version(self) -> str:
        return sha256(self.body).hexdigest()[:12]

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.body, mtime=0)

    @property
    def url(self) -> str:
        return f"/static/{self.name}?v={self.version}"


@cache
def assets() -> dict[str, Asset]:
    """Every file that may be served, by its path under the folder."""
    paths = [path for path in sorted(_FOLDER.rglob("*")) if path.suffix in _MEDIA_TYPES]
    names = [path.relative_to(_FOLDER).as_posix() for path in paths]
    return {
        name: Asset(name, path.read_bytes(), _MEDIA_TYPES[path.suffix]) for name, path in zip(names, paths, strict=True)
    }


async def serve(request: Request) -> Response:
    """The file of that name, compressed where the browser takes it."""
    asset = assets().get(request.path_params["name"])
    if asset is None:
        raise HTTPException(404)
    etag = f'"{asset.version}"'
    headers = {
        "ETag": etag,
        "Cache-Control": _FOR_GOOD if request.query_params.get("v") == asset.version else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.compressed, "gzip"
    return Response(body, headers=headers, media_type=asset.media_type)
