"""Registrations of systems over REST."""
