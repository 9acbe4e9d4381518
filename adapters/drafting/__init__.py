"""A first draft of a partner's folder from samples: their names, values and structure held against ours."""
