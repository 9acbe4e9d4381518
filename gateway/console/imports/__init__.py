"""Pages on which an agency without a system hands its sheets in."""
