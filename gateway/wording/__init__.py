"""Dates, values, cells and differences as people read them."""
