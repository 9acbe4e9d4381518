"""Dead letters: what did not pass, tried out and replayed."""
