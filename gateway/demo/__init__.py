"""The demonstration: every door played by partners' programs in processes of their own."""
