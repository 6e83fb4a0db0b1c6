"""Knowledge that the warehouse has found: who can be asked about what, and what was answered before."""
