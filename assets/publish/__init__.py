"""Disclosure control and versioned publication."""
