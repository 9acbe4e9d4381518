"""Rosters: what waits for its audit, one with its people, the audit itself."""
