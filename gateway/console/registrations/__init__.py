"""Pages of registrations: the form of whoever has a system, how far it is, and the technical team's queue."""
