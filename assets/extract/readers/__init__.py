"""Collaboration platforms and surveys, one module each."""
