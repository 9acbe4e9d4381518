"""Outbound pledges: what waits with its days, one beside the penalties on file, the verdict."""
