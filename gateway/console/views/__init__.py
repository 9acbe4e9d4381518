"""Views of lists that somebody has saved under a name."""
