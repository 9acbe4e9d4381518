-- The service's own login sees whether the schema is the one that it knows; only the owner changes it.
GRANT SELECT ON alembic_version TO yizhan_writer;
