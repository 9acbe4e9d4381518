"""Contracts that an agency makes here, as pages."""
