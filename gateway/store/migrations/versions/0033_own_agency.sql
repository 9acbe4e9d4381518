-- What portals keep of an agency: its branches, people and filings, found by its credit code.
CREATE INDEX record_of_agency ON record (agency_uscc, kind)
    WHERE kind IN ('agency', 'branch', 'outlet', 'filing', 'guide', 'leader', 'pledge');
-- An agency reads them where its own desk asks for them by name; nothing else sets that code.
CREATE POLICY reads_of_own_agency ON record FOR SELECT TO yizhan_reader USING (
    agency_uscc = NULLIF(current_setting('yizhan.uscc', true), '') AND division <> 'TEST'
    AND kind IN ('agency', 'branch', 'outlet', 'filing', 'guide', 'leader', 'pledge'));
