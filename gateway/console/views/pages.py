"""Saving and forgetting views of lists; both lead back to the list."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.shell import framing
from gateway.console.shell.saved_views import LONGEST_NAME, cookie_of, saved_views, view_of, with_view, without_view
from gateway.console.shell.visitors import LONGEST_FORM, fields_of, must_be_own, visitor
from gateway.doors.requests import bad_parameter, bounded_body


async def save(request: Request) -> Response:
    """Keep a filter under a name. Raises Refused (REQUEST-001) for a filter of nothing."""
    form = await _form(request)
    view = view_of(form.get("path", ""), form.get("name", ""), form.get("query", ""))
    if view is None:
        raise bad_parameter("name", f"1 .. {LONGEST_NAME}")
    kept = cookie_of(request, with_view(saved_views(request), view))
    return RedirectResponse(view.href, 303, {"Set-Cookie": kept})


async def forget(request: Request) -> Response:
    """Keep a view no longer."""
    form = await _form(request)
    path, name = form.get("path", ""), form.get("name", "")
    views = saved_views(request)
    back = next((view.path for view in views if view.path == path), "/")
    return RedirectResponse(back, 303, {"Set-Cookie": cookie_of(request, without_view(views, path, name))})


async def _form(request: Request) -> dict[str, str]:
    """A form of our own pages; whoever may look may keep a view. Raises Refused (AUTH-001, AUTH-005)."""
    must_be_own(request)
    await visitor(request)
    return fields_of(await bounded_body(request, LONGEST_FORM))


router = APIRouter(include_in_schema=False)
framing.add(router, "/views/save", save, "POST")
framing.add(router, "/views/forget", forget, "POST")
