"""What became of a printed roster, for whoever holds it."""
