-- Since when a discrepancy is known: the beginning of the first of the runs in a row that have found it and did not end it.
-- A version of before that still serves leaves the moment at which it wrote.
ALTER TABLE discrepancy ADD COLUMN since timestamptz NOT NULL DEFAULT now();
UPDATE discrepancy d SET since = r.started_at FROM reconciliation r WHERE r.id = d.reconciliation_id;
CREATE INDEX discrepancy_undecided ON discrepancy (reconciliation_id, kind, key) WHERE state = 'open' AND repair = 'approve';

-- Since when no attempt at a target has succeeded.
ALTER TABLE target ADD COLUMN failing_since timestamptz;
UPDATE target SET failing_since = now() WHERE failures > 0;
GRANT UPDATE (failing_since) ON target TO yizhan_writer;

-- Applicants whom their agency will not have, for the officer who decides.
CREATE INDEX record_guide_declined ON record (stored_at) WHERE kind = 'guide' AND state = 'declined';

-- An agency takes a material back before its filing is decided.
GRANT DELETE ON document TO yizhan_writer;
