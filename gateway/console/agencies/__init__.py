"""Agencies: those that portals keep, one with what it has reported."""
