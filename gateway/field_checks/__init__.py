"""Checks on the road: what an inspector found of a contract or a roster, with photographs."""
