-- Whom to call is forgotten some time after a registration was rejected.
ALTER TABLE registration ALTER contact DROP NOT NULL;
GRANT UPDATE (contact) ON registration TO yizhan_writer;

-- How many forms came from an address on a day in China. An address stands here as an index that only holders of the
-- master key can compute, and for that day alone.
CREATE TABLE registration_origin (
    day    date NOT NULL,
    origin bigint NOT NULL,
    forms  integer NOT NULL CHECK (forms > 0),
    PRIMARY KEY (day, origin)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON registration_origin TO yizhan_writer;
