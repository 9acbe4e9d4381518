-- The library of model contracts. `code` is what contracts name; of its versions one is published at a time. `meanings`
-- says of each blank what is filled in there, `reading` what was found in the document, `fields` what the template takes.
-- `tenant_id` is whose it is; that of the nation, which comes with the installation, is nobody's. `revision` counts changes, so that who changes it on the ground of an older one is told.
CREATE TABLE template (
    id            uuid PRIMARY KEY,
    code          text NOT NULL,
    version       integer NOT NULL,
    tenant_id     integer REFERENCES tenant,
    division      text NOT NULL,
    contract_type text NOT NULL,
    title         text NOT NULL,
    state         text NOT NULL,
    revision      integer NOT NULL DEFAULT 1,
    reading       jsonb NOT NULL,
    meanings      jsonb NOT NULL,
    fields        jsonb NOT NULL DEFAULT '[]',
    places        jsonb NOT NULL DEFAULT '[]',
    pages         integer,
    is_by_hand    boolean NOT NULL DEFAULT false,
    uploaded_by   text NOT NULL,
    uploaded_at   timestamptz NOT NULL,
    worked_by     text,
    submitted_at  timestamptz,
    decided_by    text,
    decided_at    timestamptz,
    reason        text,
    valid_from    date,
    valid_until   date,
    UNIQUE (code, version)
);
CREATE UNIQUE INDEX template_published ON template (code) WHERE state = 'published';
CREATE INDEX template_open ON template (uploaded_at, id) WHERE state IN ('uploaded', 'in_work', 'for_review');
-- `kind`: the uploaded document, the template made of it, its preview as HTML, the filled sample and the blank form as PDF.
CREATE TABLE template_file (
    template_id uuid NOT NULL REFERENCES template,
    kind        text NOT NULL CHECK (kind IN ('original', 'marked', 'preview', 'sample', 'blank')),
    content     bytea NOT NULL,
    sha256      bytea NOT NULL,
    PRIMARY KEY (template_id, kind)
);
ALTER TABLE template_file ALTER content SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE ON template TO yizhan_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON template_file TO yizhan_writer;
GRANT SELECT ON template, template_file TO yizhan_reader;

ALTER TABLE template ENABLE ROW LEVEL SECURITY;
ALTER TABLE template_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON template TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY writes ON template_file TO yizhan_writer USING (true) WITH CHECK (true);
-- What is published is for everybody; what is being made, for whose it is and those above.
CREATE POLICY reads ON template FOR SELECT TO yizhan_reader USING (
    state IN ('published', 'superseded')
    OR tenant_id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
    OR division LIKE NULLIF(current_setting('yizhan.division', true), ''));
CREATE POLICY reads ON template_file FOR SELECT TO yizhan_reader USING (
    EXISTS (SELECT FROM template t WHERE t.id = template_id));
