"""Penalties against an agency: entered by a form, corrected or withdrawn with a reason."""
