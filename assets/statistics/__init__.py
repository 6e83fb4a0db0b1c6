"""Regressions and inference that several studies share."""
