"""`make bench`: the figures of design section 10, measured as ratios in one run."""

PLAIN_TOKEN = "plain-token"
