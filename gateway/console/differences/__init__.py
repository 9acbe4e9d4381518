"""What does not agree with a portal: one list, and the decision about what is chosen of it."""
