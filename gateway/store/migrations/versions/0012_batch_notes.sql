-- Findings on the document as a whole; NULL while it is read and when there are none.
ALTER TABLE batch ADD COLUMN notes jsonb;
