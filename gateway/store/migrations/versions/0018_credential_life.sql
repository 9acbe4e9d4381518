-- A credential may end by itself. `last_used_at` follows within a minute or so.
ALTER TABLE credential ADD COLUMN expires_at timestamptz, ADD COLUMN last_used_at timestamptz;
GRANT UPDATE (last_used_at) ON credential TO yizhan_writer;

-- A target belongs to the credential that added or last took it, and its deliveries wait when that has ended. Portals,
-- which the operator links at the terminal, belong to none.
ALTER TABLE target ADD COLUMN credential_id text REFERENCES credential;
UPDATE target SET credential_id = c.id
FROM audit a JOIN credential c ON c.id = split_part(a.actor, '/', 2)
WHERE a.action = 'target.add' AND a.object = target.id::text;
GRANT UPDATE (credential_id, scope_tenant, scope_division) ON target TO yizhan_writer;

-- Who has which credential and until when is shown to its partner and to authorities; never what proves it.
GRANT SELECT (id, tenant_id, role, connector, created_at, revoked_at, expires_at, last_used_at) ON credential
    TO yizhan_reader;
GRANT SELECT (id, name, division) ON tenant TO yizhan_reader;
ALTER TABLE credential ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON credential TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON credential FOR SELECT TO yizhan_reader USING (
    tenant_id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
    OR EXISTS (SELECT FROM tenant t WHERE t.id = tenant_id
               AND t.division LIKE NULLIF(current_setting('yizhan.division', true), '')));
