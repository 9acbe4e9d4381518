"""Guides and tour leaders: those that are filed or apply, one, and the word of the authority on it."""
