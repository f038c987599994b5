"""The zone with its sockets that the tests of the API have."""

from tests.zone.api.conftest import people

__all__ = ["people"]
