"""Turnover and retention with honest uncertainty."""
