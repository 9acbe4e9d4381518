"""Changes delivered to webhooks, call-backs and portals, at least once, one lane a target."""
