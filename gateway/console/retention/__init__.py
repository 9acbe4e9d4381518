"""How long personal content is kept: what is due, purges and their reports, holds."""
