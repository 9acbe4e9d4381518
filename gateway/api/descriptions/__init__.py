"""What OpenAPI says of each route: bodies by reference to the canonical schemas, examples, every problem code."""
