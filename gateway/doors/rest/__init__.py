"""The REST door: one folder a resource, `routes` and its `words` for the API reference."""
