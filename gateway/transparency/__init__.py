"""The transparency log: an append-only Merkle tree over what we have acknowledged, as anybody may check it."""
