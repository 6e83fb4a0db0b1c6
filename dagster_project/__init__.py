"""Wiring: settings, definitions, jobs, and the kithwork command."""
