"""People with accounts: listed, invited, given duties, suspended, closed."""
