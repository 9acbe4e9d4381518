"""Personal values in clear, for a purpose."""
