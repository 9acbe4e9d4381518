"""A trial as a page that stands by itself: it is a file of whoever tried, with what the document holds in clear."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from adapters.trial import Trial


def report(trial: Trial, name: str) -> str:
    """The HTML of a trial of the document called `name`."""
    return _template().render(trial=trial, name=name)


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    made = Environment(
        loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.get_template("trial_report.html")
