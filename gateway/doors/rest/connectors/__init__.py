"""Versions of partner folders over REST."""
