"""How many records a partner sends, against what its connector expects."""
