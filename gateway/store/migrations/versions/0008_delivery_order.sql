-- A protocol that says nothing of order is told of a record's changes one after another: `about` names the record, and an
-- attempt holds it until `held_until`. Elsewhere both stay empty.
ALTER TABLE delivery
    ADD COLUMN about text,
    ADD COLUMN held_until timestamptz;
CREATE INDEX delivery_about ON delivery (target_id, about, position) WHERE about IS NOT NULL;
