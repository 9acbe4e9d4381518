"""People with accounts of their own: their duties, how they sign in, who appoints whom."""
