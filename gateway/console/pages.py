"""Pages for people. Placeholder router until the templates land."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
