"""Subject access: what is held of a person who asks, and their wish to be forgotten."""
