"""Materials of filings."""
