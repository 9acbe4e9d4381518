-- Whose act it was (NULL: of the installation itself), and the division that it concerns ('': of none, or of before).
ALTER TABLE audit ADD COLUMN tenant_id integer, ADD COLUMN division text NOT NULL DEFAULT '';
CREATE INDEX audit_tenant ON audit (tenant_id, position);
CREATE INDEX audit_object ON audit (object, position);
CREATE INDEX audit_at ON audit (at);
GRANT SELECT ON audit TO yizhan_reader;
-- A partner sees what it has done, an authority what concerns its division, an operator everything.
CALL protect_rows('audit');
