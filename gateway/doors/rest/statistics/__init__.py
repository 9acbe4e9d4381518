"""Figures of what was reported, for the programs of officials and agencies."""
