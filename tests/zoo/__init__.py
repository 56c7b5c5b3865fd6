"""A zoo of small functions, one per language construct, that runs in every mode."""
