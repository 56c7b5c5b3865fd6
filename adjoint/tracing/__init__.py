"""Functions that run with traced values: containers, generators and closures that only Python can follow."""
