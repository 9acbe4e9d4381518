"""What every page shares: languages, templates, static files, who looks."""
