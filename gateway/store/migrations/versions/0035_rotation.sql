-- A credential can be replaced: the one before it ends by itself.
GRANT UPDATE (expires_at) ON credential TO yizhan_writer;
