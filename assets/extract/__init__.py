"""Landing files to contract tables."""
