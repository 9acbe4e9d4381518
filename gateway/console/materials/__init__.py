"""Materials of filings: handed in at the agency's own desk, opened by who decides."""
