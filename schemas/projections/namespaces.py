"""XML namespaces of our own. Apart from the projections, so that asking for one loads no XML library."""

from __future__ import annotations

SERVICE = "https://schemas.yizhan.example/soap/v1"
