"""The connector kit: what the technical team tries, drafts and brings into service."""
