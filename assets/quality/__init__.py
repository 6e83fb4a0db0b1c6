"""Expectations over lake and marts, and the gate before publication."""
