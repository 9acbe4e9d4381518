"""Where somebody begins: what waits."""
