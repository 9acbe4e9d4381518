"""Purges and holds, over REST."""
