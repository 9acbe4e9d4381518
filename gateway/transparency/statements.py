"""The SQL of the transparency log."""

from __future__ import annotations

from sqlalchemy import text

from gateway.store.arrays import Arrays
from gateway.transparency.rows import NewLeaf, NewTile, PlacedLeaf

# ruff: noqa: S608 - every statement is built from constants

LEAVES = Arrays.of(NewLeaf)
# All leaves of a transaction are one row, which its pushes pay for together.
APPEND = f"INSERT INTO log_pending (names, parts) VALUES ({LEAVES.unnest()})"
IS_OURS = text("SELECT pg_try_advisory_xact_lock(:key)")
TAKE = text("""
    WITH taken AS (
        DELETE FROM log_pending WHERE ctid = ANY (ARRAY(SELECT ctid FROM log_pending ORDER BY id LIMIT :most))
        RETURNING id, name, digests, names, parts
    )
    SELECT leaf.name, leaf.digests
    FROM taken CROSS JOIN LATERAL (
        SELECT 0::bigint AS nth, taken.name, taken.digests WHERE taken.name IS NOT NULL
        UNION ALL
        SELECT nth, name, digests FROM unnest(taken.names, taken.parts) WITH ORDINALITY AS own (name, digests, nth)
    ) AS leaf
    ORDER BY taken.id, leaf.nth
""")
PLACED = Arrays.of(PlacedLeaf)
PLACE = f"INSERT INTO log_leaf ({PLACED.names}) SELECT * FROM unnest({PLACED.unnest()})"
TILES = Arrays.of(NewTile)
PUT_TILES = f"""
    INSERT INTO log_tile ({TILES.names}) SELECT * FROM unnest({TILES.unnest()})
    ON CONFLICT (level, nth) DO UPDATE SET hashes = excluded.hashes
"""
TILES_AT = """
    SELECT level, nth, hashes FROM log_tile
    JOIN unnest(%(level)s::int[], %(nth)s::bigint[]) AS wanted (level, nth) USING (level, nth)
"""
LAST_CHECKPOINT = text("SELECT size, root, note, at FROM log_checkpoint ORDER BY size DESC LIMIT 1")
PUT_CHECKPOINT = text("INSERT INTO log_checkpoint (size, root, note, at) VALUES (:size, :root, :note, :at)")
# One a minute is kept.
THIN_CHECKPOINTS = text("""
    DELETE FROM log_checkpoint
    WHERE size < :size AND date_trunc('minute', at) = date_trunc('minute', CAST(:at AS timestamptz))
""")
ENTRIES = text("SELECT entry FROM log_leaf WHERE place >= :first AND place < :last ORDER BY place")
FIND = text("SELECT place FROM log_leaf WHERE kind = :kind AND ref = :ref ORDER BY place DESC LIMIT 1")
LEAVES_FROM = text("""
    SELECT l.place, l.kind, l.ref, l.entry, l.rest,
           EXISTS (SELECT FROM log_leaf o WHERE o.kind = l.kind AND o.ref = l.ref AND o.place > l.place)
               OR EXISTS (SELECT FROM log_waiting p WHERE p.name = l.kind || ' ' || l.ref) AS is_superseded
    FROM log_leaf l WHERE l.place >= :first ORDER BY l.place LIMIT :limit
""")
