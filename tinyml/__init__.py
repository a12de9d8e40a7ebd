"""Labelled pictures in, proven microcontroller firmware out."""

__version__ = "0.1.0"
