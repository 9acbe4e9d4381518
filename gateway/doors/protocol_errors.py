"""Findings and refusals in the shape that the compatible protocols know."""

from __future__ import annotations

from typing import Any


def errors_of(problem: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings of a refusal as existing protocols list errors: where, which, why, what to do."""
    findings = list(problem.get("findings", ()))
    findings += [finding for record in problem.get("records", ()) for finding in record["findings"]]
    return [
        {"field": f["locator"], "code": f["code"], "message": f["reason"]["zh"], "advice": f["advice"]["zh"]}
        for f in findings
    ]
