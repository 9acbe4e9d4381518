"""The SQL of volumes."""

from __future__ import annotations

from sqlalchemy import text

# Numbers of submissions grow with time: those of the days in question are read, and no others.
RECEIVED = text("""
    SELECT kind,
           coalesce(sum(accepted) FILTER (WHERE received_at >= :first), 0)::int AS count,
           coalesce(sum(accepted) FILTER (WHERE received_at < :first), 0)::int AS before
    FROM submission
    WHERE id >= :least_id AND id < :most_id AND connector = :connector
      AND received_at >= :before_first AND received_at < :until
    GROUP BY kind
""")
