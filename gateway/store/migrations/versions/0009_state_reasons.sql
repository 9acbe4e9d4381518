-- Why an authority has moved a record, in its own words; without personal data.
ALTER TABLE record ADD COLUMN state_reason text;
ALTER TABLE change ADD COLUMN reason text;
