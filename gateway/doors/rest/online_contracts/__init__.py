"""Contracts that are made here, over REST."""
