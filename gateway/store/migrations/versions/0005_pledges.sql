-- Which days authorities work. A year that is not here is not guessed.
CREATE TABLE calendar_day (
    day        date PRIMARY KEY,
    is_working boolean NOT NULL,
    name       text NOT NULL DEFAULT '',
    source     text NOT NULL
);

-- Reminders are events of the pledge, each once.
CREATE TABLE pledge_reminder (
    tenant_id integer NOT NULL,
    key       text NOT NULL,
    what      text NOT NULL CHECK (what IN ('reminder_3', 'reminder_1', 'overdue')),
    due_on    date NOT NULL,
    sent_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key, what, due_on)
);
ALTER TABLE change DROP CONSTRAINT change_event_check,
    ADD CONSTRAINT change_event_check
    CHECK (event IN ('created', 'amended', 'state', 'document', 'done', 'reminder', 'overdue'));
ALTER TABLE record ADD COLUMN due_on date;
CREATE INDEX record_due ON record (due_on) WHERE kind = 'pledge' AND state = 'waiting';

GRANT SELECT, INSERT, UPDATE ON calendar_day TO yizhan_writer;
GRANT SELECT ON calendar_day TO yizhan_reader;
GRANT SELECT, INSERT ON pledge_reminder TO yizhan_writer;
