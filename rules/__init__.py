"""The rule library: kinds, the registry, what generated code calls, and one file of rules per area.

Lowest floor of the house: nothing here imports ``adjoint.transforms`` or the modules of ``adjoint``
itself, and nothing here knows syntax trees.
"""

# Imported as a top-level ``rules`` there would be two registries, one of them always empty.
if __name__ != "adjoint.rules":
    raise ImportError("import this package as adjoint.rules, not as rules")

# Importing a file registers its rules.
from adjoint.rules import bessel as bessel  # noqa: E402
from adjoint.rules import callbacks as callbacks  # noqa: E402
from adjoint.rules import callbacks_forward as callbacks_forward  # noqa: E402
from adjoint.rules import chains as chains  # noqa: E402
from adjoint.rules import concatenators as concatenators  # noqa: E402
from adjoint.rules import constants as constants  # noqa: E402
from adjoint.rules import contractions as contractions  # noqa: E402
from adjoint.rules import conversions as conversions  # noqa: E402
from adjoint.rules import copies as copies  # noqa: E402
from adjoint.rules import covariance as covariance  # noqa: E402
from adjoint.rules import creation as creation  # noqa: E402
from adjoint.rules import decompositions as decompositions  # noqa: E402
from adjoint.rules import determinants as determinants  # noqa: E402
from adjoint.rules import diagonals as diagonals  # noqa: E402
from adjoint.rules import eigenvalues as eigenvalues  # noqa: E402
from adjoint.rules import elementwise as elementwise  # noqa: E402
from adjoint.rules import elementwise_complex as elementwise_complex  # noqa: E402
from adjoint.rules import emath as emath  # noqa: E402
from adjoint.rules import extrema as extrema  # noqa: E402
from adjoint.rules import finite_differences as finite_differences  # noqa: E402
from adjoint.rules import form_only as form_only  # noqa: E402
from adjoint.rules import histograms as histograms  # noqa: E402
from adjoint.rules import histograms_of_points as histograms_of_points  # noqa: E402
from adjoint.rules import indexing as indexing  # noqa: E402
from adjoint.rules import joins as joins  # noqa: E402
from adjoint.rules import linalg as linalg  # noqa: E402
from adjoint.rules import mathmodule as mathmodule  # noqa: E402
from adjoint.rules import moments as moments  # noqa: E402
from adjoint.rules import nanreductions as nanreductions  # noqa: E402
from adjoint.rules import neighbours as neighbours  # noqa: E402
from adjoint.rules import norms as norms  # noqa: E402
from adjoint.rules import operators as operators  # noqa: E402
from adjoint.rules import polynomial_division as polynomial_division  # noqa: E402
from adjoint.rules import polynomials as polynomials  # noqa: E402
from adjoint.rules import prods as prods  # noqa: E402
from adjoint.rules import products as products  # noqa: E402
from adjoint.rules import pybuiltins as pybuiltins  # noqa: E402
from adjoint.rules import pysequences as pysequences  # noqa: E402
from adjoint.rules import rearranging as rearranging  # noqa: E402
from adjoint.rules import reductions as reductions  # noqa: E402
from adjoint.rules import row_reductions as row_reductions  # noqa: E402
from adjoint.rules import scans as scans  # noqa: E402
from adjoint.rules import second as second  # noqa: E402
from adjoint.rules import selection as selection  # noqa: E402
from adjoint.rules import series as series  # noqa: E402
from adjoint.rules import series_arrays as series_arrays  # noqa: E402
from adjoint.rules import series_powers as series_powers  # noqa: E402
from adjoint.rules import sets as sets  # noqa: E402
from adjoint.rules import shaping as shaping  # noqa: E402
from adjoint.rules import singular as singular  # noqa: E402
from adjoint.rules import sorting as sorting  # noqa: E402
from adjoint.rules import splits as splits  # noqa: E402
from adjoint.rules import statistics as statistics  # noqa: E402
from adjoint.rules import tensor_products as tensor_products  # noqa: E402
from adjoint.rules import tensors as tensors  # noqa: E402
from adjoint.rules import toarrays as toarrays  # noqa: E402
from adjoint.rules import together as together  # noqa: E402
from adjoint.rules import transposing as transposing  # noqa: E402
from adjoint.rules import views as views  # noqa: E402
from adjoint.rules import windows as windows  # noqa: E402
from adjoint.rules import zeros as zeros  # noqa: E402
