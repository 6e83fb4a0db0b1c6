"""The pipeline's stages, one folder each."""
