"""Builders and oracles that the tests and tools share."""
