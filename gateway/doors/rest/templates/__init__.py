"""The library of model contracts over REST."""
