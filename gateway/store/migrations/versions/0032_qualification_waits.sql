-- Filings that wait for somebody, the oldest first: few of many records.
CREATE INDEX record_undecided ON record (stored_at)
    WHERE kind = 'filing' AND state IN ('applied', 'received', 'accepted', 'correction');
