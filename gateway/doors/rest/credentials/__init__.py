"""Credentials: which there are and until when; issued and revoked by operators."""
