-- Filings, guides and leaders that wait for an authority, the oldest first: few of many records.
CREATE INDEX record_undecided ON record (kind, stored_at)
    WHERE kind = 'filing' AND state IN ('applied', 'received', 'accepted', 'correction')
       OR kind = 'guide' AND state = 'confirmed' OR kind = 'leader' AND state = 'applied';
