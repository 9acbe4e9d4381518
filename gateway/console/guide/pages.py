"""The partner's guide: its chapters, the examples of clients, the templates for spreadsheets."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.console.guide.chapters import NAMES, chapters, example_files
from gateway.console.shell.language import chosen
from gateway.console.shell.rendering import page
from gateway.ledger.kinds import OWN_KINDS
from gateway.wiring.services import Services
from schemas.projections.spreadsheet import write_template

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def first(request: Request) -> Response:
    return _shown(request, NAMES[0])


async def further(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in NAMES[1:]:
        raise HTTPException(404)
    return _shown(request, name)


def _shown(request: Request, name: str) -> Response:
    services: Services = request.app.state.services
    every = chapters(chosen(request).language, services.settings.public_url)
    at = NAMES.index(name)
    before, after = every[at - 1] if at else None, every[at + 1] if at + 1 < len(every) else None
    return page(request, "guide.html", chapters=every, chapter=every[at], before=before, after=after)


async def example(request: Request) -> Response:
    """A client's source, to be kept."""
    path = example_files().get(request.path_params["path"])
    if path is None:
        raise HTTPException(404)
    return _kept(path.read_bytes(), path.name, "text/plain; charset=utf-8")


async def template(request: Request) -> Response:
    """The empty workbook of a kind."""
    name = request.path_params["kind"]
    if name not in OWN_KINDS:
        raise HTTPException(404)
    return _kept(await run_in_threadpool(_workbook, f"{name}.v1"), f"{name}.xlsx", _SPREADSHEET)


@cache
def _workbook(kind: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(kind, path)
        return path.read_bytes()


def _kept(content: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


router = APIRouter(include_in_schema=False)
for _path, _endpoint in {
    "/guide": first,
    "/guide/examples/{path:path}": example,
    "/guide/templates/{kind}.xlsx": template,
    "/guide/{name}": further,
}.items():
    router.add_route(_path, _endpoint, methods=["GET"], include_in_schema=False)
