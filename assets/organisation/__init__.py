"""The synthetic organisation with planted, documented effects."""
