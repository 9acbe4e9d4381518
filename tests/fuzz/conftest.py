"""The doors that are tried."""

from tests.integration.conftest import drop, laoqiao

__all__ = ["drop", "laoqiao"]
