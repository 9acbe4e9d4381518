"""Synthetic, fully valid records of what portals keep, beside those of `samples`. The same index gives the same record.

Agency `i` has branches, outlets, filings, guides and leaders of its own under the same index.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stdnum.cn import uscc

from schemas.samples import resident_id

_DIVISIONS = (("110105", "BJ"), ("310115", "SH"), ("440106", "GD"), ("330106", "ZJ"), ("510104", "SC"))
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_OF = {"agency": "A0", "branch": "B0", "outlet": "C0"}


def credit_code(index: int, kind: str = "agency") -> str:
    """A unified social credit code with its right check character; no two indexes share one."""
    stem = f"91110105MA{_OF[kind]}{index:05d}"
    return stem + uscc.calc_check_digit(stem)


def agency(index: int) -> dict[str, Any]:
    """A valid `agency.v1` body; odd indexes may send groups abroad."""
    division, place = _DIVISIONS[index % len(_DIVISIONS)]
    outbound = bool(index % 2)
    return {
        "uscc": credit_code(index),
        "license_no": f"L-{place}-{'CJ' if outbound else ''}{index % 100_000:05d}",
        "name": _agency_name(index),
        "legal_representative": "周示例",
        "division": division,
        "phone": "010-12345678",
        "agency_type": "outbound" if outbound else "domestic",
        "outbound": outbound,
        "deposit": "1400000.00" if outbound else "200000.00",
        "licensed_on": "2010-06-01",
        "status": "active",
        "effective_from": "2010-06-01",
    }


def branch(index: int) -> dict[str, Any]:
    return _place(index, "branch", "示例分社") | {"deposit": "50000.00"}


def outlet(index: int) -> dict[str, Any]:
    return _place(index, "outlet", "示例门市部")


def filing(index: int) -> dict[str, Any]:
    """A change of the legal representative, accepted and not yet decided."""
    return {
        "filing_no": f"BJ20261102{index:06d}",
        "filing_type": "change",
        "subject_kind": "agency",
        "subject_name": _agency_name(index),
        "subject_uscc": credit_code(index),
        "agency_uscc": credit_code(index),
        "division": _DIVISIONS[index % len(_DIVISIONS)][0],
        "applied_on": "2026-11-02",
        "accepted_on": "2026-11-03",
        "status": "accepted",
        "changes": [{"item": "法定代表人", "before": "周示例", "after": "冯示例"}],
        "steps": [{"seq_no": 1, "name": "收件", "done_on": "2026-11-02"}],
    }


def guide(index: int) -> dict[str, Any]:
    return {"card_no": f"D-1101-{index:06d}", "level": "junior", **_person(index), "status": "valid"}


def leader(index: int) -> dict[str, Any]:
    return {"cert_no": f"D-1102-{index:06d}", "leader_type": "outbound", **_person(index), "status": "filed"}


def pledge(index: int) -> dict[str, Any]:
    filed = agency(index)
    return {
        "application_no": f"CJ-2026-{index:06d}",
        "agency": {name: filed[name] for name in ("name", "license_no", "uscc", "division")},
        "division": filed["division"],
        "licensed_on": "2010-06-01",
        "received_on": "2026-11-02",
        "pledge_file": {"name": "承诺书.pdf", "sha256": _DIGEST},
        "status": "waiting",
    }


SAMPLES: dict[str, Callable[[int], dict[str, Any]]] = {
    "agency": agency,
    "branch": branch,
    "outlet": outlet,
    "filing": filing,
    "guide": guide,
    "leader": leader,
    "pledge": pledge,
}


def _agency_name(index: int) -> str:
    return f"示例{index:05d}旅行社有限公司"


def _place(index: int, kind: str, suffix: str) -> dict[str, Any]:
    return {
        "uscc": credit_code(index, kind),
        "name": _agency_name(index) + suffix,
        "agency_uscc": credit_code(index),
        "agency_name": _agency_name(index),
        "division": _DIVISIONS[index % len(_DIVISIONS)][0],
        "registered_on": "2026-10-28",
        "filed_on": "2026-10-30",
        "status": "filed",
    }


def _person(index: int) -> dict[str, Any]:
    return {
        "name": "孙示例",
        "document": {"type": "resident_id", "number": resident_id(index)},
        "agency_uscc": credit_code(index),
        "agency_name": _agency_name(index),
    }
