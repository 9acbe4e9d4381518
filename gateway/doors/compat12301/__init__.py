"""The existing e-contract protocol."""
