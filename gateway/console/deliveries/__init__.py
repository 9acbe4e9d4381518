"""What was delivered to an agency's own system, and what was not."""
