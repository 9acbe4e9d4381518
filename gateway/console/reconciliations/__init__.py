"""Reconciliations, for officials and operators."""
