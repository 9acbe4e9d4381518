"""The authority's desk: changes to what portals keep, conflicts decided, pledges verified in time."""
