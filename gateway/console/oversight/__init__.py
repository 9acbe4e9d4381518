"""Oversight: who did what to which object."""
