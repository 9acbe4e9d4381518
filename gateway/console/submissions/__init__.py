"""Pages on which an agency sees what it has handed in, and corrects what did not pass."""
