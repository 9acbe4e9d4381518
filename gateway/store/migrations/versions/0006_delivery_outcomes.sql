-- `disputed`: the portal holds another version, and a person decides the conflict. Until now these were stored as
-- delivered with the status 409, which no target that takes a delivery answers.
ALTER TABLE delivery
    DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (state IN ('waiting', 'delivered', 'disputed', 'dead'));
UPDATE delivery SET state = 'disputed', last_status = NULL,
    last_error = 'the portal holds another version: a person decides the conflict'
WHERE state = 'delivered' AND last_status = 409;
