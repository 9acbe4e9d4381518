"""A dossier as the API gives it."""

from __future__ import annotations

from typing import Any

from gateway.authority.dossiers import Dossier

_SHOWN = ("key", "version", "state", "subkind", "division", "stored_at", "due_on")


def dossier_document(dossier: Dossier) -> dict[str, Any]:
    """By kind what is filed, without the bodies."""
    return {
        kind: [{name: getattr(leaf.row, name) for name in _SHOWN} | {"name": leaf.name} for leaf in leaves]
        for kind, leaves in dossier.items()
    }
