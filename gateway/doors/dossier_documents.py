"""A dossier as the API gives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.authority.dossiers import Dossier, Leaf

_SHOWN = ("key", "version", "state", "subkind", "division", "stored_at", "due_on")


def dossier_document(dossier: Dossier) -> dict[str, Any]:
    """By kind what is filed, without the bodies."""
    return {
        kind: [each | {"name": leaf.name} for each, leaf in zip(leaf_documents(leaves), leaves, strict=True)]
        for kind, leaves in dossier.items()
    }


def leaf_documents(leaves: Sequence[Leaf]) -> list[dict[str, Any]]:
    """What is filed, without names."""
    return [{name: getattr(leaf.row, name) for name in _SHOWN} for leaf in leaves]
