"""What waits of filings is counted on every page, without a walk through all records."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0030"


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
