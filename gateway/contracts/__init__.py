"""What the public learns of a contract, its final document, the list of void codes."""
