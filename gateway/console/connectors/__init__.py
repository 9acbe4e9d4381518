"""Pages of the technical team: connectors, their versions, and the workshop where they are made."""
