"""A first draft of a partner's folder from a sample of what it sends: names, values and structure, held against ours."""
