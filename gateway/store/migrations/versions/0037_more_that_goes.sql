-- What more need be kept no longer: checks on the road, closed accounts of people, guides and leaders who were struck off.
-- An account is counted from the day on which it was closed; one that was closed before this was known, from today.
ALTER TABLE person ADD COLUMN closed_at timestamptz;
UPDATE person SET closed_at = now() WHERE state = 'closed';
CREATE INDEX person_closed ON person (closed_at) WHERE state = 'closed' AND contact <> '';
CREATE INDEX field_check_kept ON field_check (stored_at) WHERE body <> '';
CREATE INDEX record_struck_off ON record (stored_at)
    WHERE purged_at IS NULL AND kind IN ('guide', 'leader') AND state IN ('refused', 'cancelled');
-- By which rule the people of a record were looked for: 1 finds leaders, signers, guides and drivers too. An older version
-- of the service writes 0; what it leaves behind is done by `yizhan retention index`.
ALTER TABLE record ADD COLUMN people_rule smallint NOT NULL DEFAULT 0;
CREATE INDEX record_people_rule ON record (tenant_id, kind, key)
    WHERE people_rule = 0 AND purged_at IS NULL AND kind IN ('contract', 'roster');
