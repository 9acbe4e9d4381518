"""Contracts: all that are registered, one with its life, its code and where it came from."""
