"""Partners, their credentials and proofs, roles, and what each caller may see."""
