"""The library of model contracts as pages."""
