"""HR systems, one module each."""
