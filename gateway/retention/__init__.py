"""How long personal content is kept: what is due, what a case holds back, and the purge with its report."""
