"""Filings: what waits for a decision with its days, one with its steps, its acceptance and decision."""
