"""Pages for people: one folder a page or a few that belong together, `pages`, `words` and their templates."""
