"""Electronic seals, rosters under them, and their verification over REST."""
