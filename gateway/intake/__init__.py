"""THE use case: an envelope comes in, a durable, signed answer goes out."""
