"""An agency's own desk."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import ANSWER, OBJECT, READING, WRITING, Route, json_of, route
from gateway.doors.versions_seen import IF_MATCH

_CONFIRMING = (*WRITING, problems.REJECTED, problems.CONFLICT, problems.VERSION_MOVED, problems.STATE_REFUSED)


def dossier() -> Route:
    return route(
        "What is filed of your own agency, at portals too",
        "Branches, outlets, guides, leaders, filings, pledges; at most fifty of each, names of persons masked. "
        "`applicants` counts those who wait for your word. 本社名下的分社、网点、人员和办件。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def applicant() -> Route:
    return route(
        "A guide of your own agency, or one who applies for a card",
        "Personal values masked; its ETag is the version, to confirm. 本社的导游或导游证申请人。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def confirmation() -> Route:
    return route(
        "Confirm that an applicant for a guide card is yours and the data are right",
        "On the version you saw; the authority decides on the card then. 旅行社确认导游证申请人信息。",
        _CONFIRMING,
        {"200": json_of("Taken over", ANSWER)},
        parameters=[IF_MATCH],
    )
