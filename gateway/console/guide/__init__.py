"""The partner's guide of docs/guide, and what its readers take away: examples and templates."""
