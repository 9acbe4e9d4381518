"""Checks on the road, for an authority's own system."""
