"""Files that a page shows or gives: personal or sealed, so that no cache keeps them."""

from __future__ import annotations

from starlette.responses import Response

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def unkept_file(content: bytes, media_type: str, *, name: str = "") -> Response:
    """A file to be looked at in the browser; `name` (ASCII) is what it is called when it is saved."""
    disposition = {"Content-Disposition": f'inline; filename="{name}"'} if name else {}
    return Response(content, headers=_HEADERS | disposition, media_type=media_type)
