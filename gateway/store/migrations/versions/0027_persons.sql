-- People who sign in. Each is of one office: an authority of a division, or an agency. What names them and how to reach
-- them is sealed; a password is kept as its Argon2id hash, the secret of an authenticator sealed.
CREATE TABLE person (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login           text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{2,31}$'),
    tenant_id       integer NOT NULL REFERENCES tenant,
    state           text NOT NULL CHECK (state IN ('invited', 'active', 'suspended', 'closed')),
    duties          text[] NOT NULL,
    contact         bytea NOT NULL,
    password        text,
    totp            bytea,
    totp_step       bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    created_by      text NOT NULL,
    signed_in_at    timestamptz
);
CREATE INDEX person_office ON person (tenant_id, login);
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY reads ON person FOR SELECT TO yizhan_reader USING (
    tenant_id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
    OR EXISTS (SELECT FROM tenant t WHERE t.id = tenant_id AND t.division <> 'TEST'
               AND t.division LIKE NULLIF(current_setting('yizhan.division', true), '')));
CREATE POLICY writes ON person TO yizhan_writer USING (true) WITH CHECK (true);
GRANT SELECT (id, login, tenant_id, state, duties, contact, created_at, created_by, signed_in_at)
    ON person TO yizhan_reader;
GRANT SELECT, INSERT, UPDATE ON person TO yizhan_writer;
GRANT SELECT (title, uscc) ON tenant TO yizhan_reader;

-- Invitations and resets: good once, until a moment. Who knows the code sets the password.
CREATE TABLE person_link (
    code_hash  bytea PRIMARY KEY,
    person_id  integer NOT NULL REFERENCES person,
    ends_at    timestamptz NOT NULL,
    is_reset   boolean NOT NULL
);
CREATE INDEX person_link_of ON person_link (person_id);
GRANT SELECT, INSERT, DELETE ON person_link TO yizhan_writer;

-- Codes for the day on which the second factor is lost; each is good once.
CREATE TABLE person_recovery (
    person_id integer NOT NULL REFERENCES person,
    code_hash bytea NOT NULL,
    PRIMARY KEY (person_id, code_hash)
);
GRANT SELECT, INSERT, DELETE ON person_recovery TO yizhan_writer;

CREATE TABLE person_passkey (
    id           bytea PRIMARY KEY,
    person_id    integer NOT NULL REFERENCES person,
    public_key   bytea NOT NULL,
    uses         bigint NOT NULL,
    title        text NOT NULL,
    created_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX person_passkey_of ON person_passkey (person_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON person_passkey TO yizhan_writer;

-- What a passkey is to sign next; without a person it is for signing in.
CREATE TABLE person_challenge (
    challenge  bytea PRIMARY KEY,
    person_id  integer REFERENCES person,
    ends_at    timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON person_challenge TO yizhan_writer;

-- Who is signed in, in which browser. `is_whole` says whether all that is asked of the person has been proved.
CREATE TABLE person_session (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    person_id  integer NOT NULL REFERENCES person,
    is_whole   boolean NOT NULL,
    agent      text NOT NULL,
    network    text NOT NULL,
    begun_at   timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX person_session_of ON person_session (person_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON person_session TO yizhan_writer;

-- Failed attempts, by an index of what was tried that only holders of the master key can compute: names that nobody has
-- are counted as others are, so that nobody learns which there are.
CREATE TABLE sign_in_attempt (
    tried       bigint PRIMARY KEY,
    failures    integer NOT NULL,
    waits_until timestamptz NOT NULL,
    last_at     timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_attempt TO yizhan_writer;
