"""Inspection by phone: a code is scanned, the facts are looked at, what was found is recorded."""
