"""Figures of what was reported: trade forms, reporting rates, the ranking; filled from the change feed."""
