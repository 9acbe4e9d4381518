-- Systems of agencies and vendors that want to be connected, from the form to the day on which they are.
CREATE TABLE registration (
    id         uuid PRIMARY KEY,
    state      text NOT NULL CHECK (state IN ('applied', 'sandbox', 'conformance', 'live', 'rejected')),
    system     jsonb NOT NULL,
    contact    bytea NOT NULL,
    token_hash bytea NOT NULL,
    partner    text UNIQUE,
    issued     integer NOT NULL DEFAULT 0,
    issued_live integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
);
CREATE INDEX registration_state ON registration (state, id);
CREATE TABLE registration_step (
    step            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    registration_id uuid NOT NULL REFERENCES registration,
    state           text NOT NULL,
    at              timestamptz NOT NULL,
    by              text NOT NULL,
    reason          text NOT NULL
);
CREATE INDEX registration_step_of ON registration_step (registration_id, step);
GRANT SELECT, INSERT ON registration, registration_step TO yizhan_writer;
GRANT UPDATE (state, partner, issued, issued_live) ON registration TO yizhan_writer;
