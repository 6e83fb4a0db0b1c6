"""Vault, pseudonyms, and accounts matched to persons."""
