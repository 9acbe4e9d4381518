-- The revision that was handed in last, and whether as an amendment: a retry hands in the very same. `signed_at` is when
-- all had signed for the first time: what was signed once is not ended by the agency alone.
ALTER TABLE online_contract
    ADD COLUMN handed_in integer,
    ADD COLUMN amends    boolean,
    ADD COLUMN signed_at timestamptz;
CREATE INDEX online_contract_draft ON online_contract (changed_at) WHERE state = 'draft' AND code IS NULL;
CREATE INDEX signing_unfinished ON signing (contract_id) WHERE state = 'done';
