"""From a function and the kinds of its arguments to running code that is guarded and kept."""
