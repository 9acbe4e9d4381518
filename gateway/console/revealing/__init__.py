"""Personal values in clear, on a page of their own."""
