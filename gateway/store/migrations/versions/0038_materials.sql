-- Many documents may lie beside a record: `label` is the type of a material of a filing, `name` what its sender calls it,
-- sealed as the document is, empty for what has none. `pages` is NULL for what was stored before pages were counted.
ALTER TABLE document
    ADD COLUMN name  bytea NOT NULL DEFAULT '',
    ADD COLUMN label text NOT NULL DEFAULT '',
    ADD COLUMN pages integer;
GRANT UPDATE (name) ON document TO yizhan_writer;
