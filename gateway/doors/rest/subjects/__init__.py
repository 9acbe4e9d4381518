"""What is held of a person, over REST."""
