"""Organisational-network metrics on edge arrays."""
