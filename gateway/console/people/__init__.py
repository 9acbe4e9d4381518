"""Offices and the accounts of their people, as pages."""
