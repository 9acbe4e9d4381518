"""The sandbox over REST."""
