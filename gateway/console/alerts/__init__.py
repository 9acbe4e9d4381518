"""Alerts, for officials and operators."""
