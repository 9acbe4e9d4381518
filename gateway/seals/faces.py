"""What stands on a seal, by kind (domain section 6, and the two seals that the work schedule of 2017 names). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.findings import Text

LONGEST_NAME = 60
"""Characters on the arc: more cannot be read at the size of a seal."""
_LONG_NAME = 24
_USUAL_MM, _LARGEST_MM = 42.0, 45.0


class SealKind(StrEnum):
    """Whose hand a seal stands for: the authority that audits rosters, or the agency that reports them."""

    AUDIT = "audit"
    REPORT = "report"


TITLES = {SealKind.AUDIT: Text("审核专用章", "Audit seal"), SealKind.REPORT: Text("报送专用章", "Reporting seal")}
_PURPOSES = {
    SealKind.AUDIT: ("旅游团队名单表", "审核专用章"),
    SealKind.REPORT: ("团队名单表", "报送专用章"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The name on the arc, the lines below the star, and the outer diameter in millimetres."""

    name: str
    purpose: tuple[str, ...]
    diameter: float

    @property
    def title(self) -> str:
        """All of it in one line, as the seal is called."""
        return self.name + "".join(self.purpose)


def face_of(kind: SealKind, name: str) -> Face:
    """The face of a seal. A bureau's is 42 mm wide; an agency's too, and 45 mm with a long name.

    Raises ValueError for a name that no seal can hold.
    """
    name = "".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(name)
    is_wide = kind is SealKind.REPORT and len(name) > _LONG_NAME
    return Face(name=name, purpose=_PURPOSES[kind], diameter=_LARGEST_MM if is_wide else _USUAL_MM)
