"""Conflicts and alerts, for officials and operators."""
