"""What comes from partners' servers and portals, and what goes back: pulls, pushes, reconciliations."""
