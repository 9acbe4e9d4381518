-- Bytes of large documents and of final documents of contracts, by who sent them; they are kept as long as the records.
CREATE TABLE tenant_usage (
    tenant_id  integer PRIMARY KEY REFERENCES tenant,
    kept_bytes bigint NOT NULL
);
INSERT INTO tenant_usage (tenant_id, kept_bytes)
SELECT tenant_id, sum(size_bytes) FROM (
    SELECT tenant_id, size_bytes FROM batch UNION ALL SELECT sender_id, size_bytes FROM document) AS kept
GROUP BY tenant_id;
GRANT SELECT, INSERT, UPDATE ON tenant_usage TO yizhan_writer;
