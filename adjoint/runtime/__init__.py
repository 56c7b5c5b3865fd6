"""The generic run-time path: what is differentiated when it runs because no compiler could resolve it."""
