"""Branches and service outlets: those that are filed, and one with its agency and the filings about it."""
