"""Partners and what they sign in with: for the technical team, and for an agency its own keys."""
