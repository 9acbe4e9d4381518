"""Versions of partner folders."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.onboarding.states import VersionState

_VERSION = json_of("The version", OBJECT)
_ENDS = [VersionState.STAGED.value, VersionState.LIVE.value, VersionState.RETIRED.value]


def listed() -> Route:
    return route(
        "Versions of a connector",
        "For operators. Every version is kept, with who saved, staged and brought it into service. 各个版本。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def saved() -> Route:
    return route(
        "Save a partner folder as a draft",
        "For operators. The body is the folder as a ZIP file. The same folder again is the same version. 保存草稿。",
        (*WRITING, problems.UNFIT_CONNECTOR),
        {"200": _VERSION, "201": _VERSION},
        parameters=[query("note", {"type": "string", "maxLength": 500}, "What has changed")],
        body={"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    )


def moved() -> Route:
    schema = {"type": "object", "required": ["state"], "properties": {"state": {"type": "string", "enum": _ENDS}}}
    return route(
        "Stage a version, bring it into service, or take it out",
        "For operators. `staged`: it is checked, and every problem told. `live`: it takes the place of the one in "
        "service, in every process within seconds; a retired one is rolled back to. `retired`: it is taken out, or "
        "given up for good (`given_up`) where it never was in service. 检查、上线、停用。",
        (*WRITING, problems.UNFIT_CONNECTOR, problems.VERSION_STATE, problems.SECOND_PERSON_NEEDED),
        {"200": _VERSION},
        body={"application/json": {"schema": schema}},
    )
