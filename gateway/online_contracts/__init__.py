"""Contracts that agencies without a system make here: filled in from a template, concluded, signed by both sides."""
