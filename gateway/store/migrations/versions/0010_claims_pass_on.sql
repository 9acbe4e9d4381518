-- The claim of a document that was refused passes to the same document sent again.
GRANT UPDATE (submission_id) ON idempotency TO yizhan_writer;
