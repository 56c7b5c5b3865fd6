"""The compiler: one pass per file, each from syntax tree to syntax tree.

Middle floor of the house: imports of ``adjoint.rules`` only its vocabulary (kinds, registry,
runtime, errors, apply), never a file of rules, and nothing of ``adjoint`` itself.
"""

# Imported as a top-level ``transforms`` every pass would exist twice.
if __name__ != "adjoint.transforms":
    raise ImportError("import this package as adjoint.transforms, not as transforms")
