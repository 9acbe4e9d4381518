"""Figures of what was reported, as pages: overview, trade forms, reporting rates, the ranking; an agency's own."""
