"""Colourings of sparse matrices: columns that can share one direction.

References: Curtis, Powell & Reid, "On the estimation of sparse Jacobian matrices" (J. Inst. Maths Applics
13, 1974); Gebremedhin, Manne & Pothen, "What color is your Jacobian?" (SIAM Review 47, 2005), algorithms
3.1 and 4.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def column_colors(pattern: Any) -> Any:
    """Return one colour per column so that no row has two columns of a colour (distance 2, greedy).

    Args:
        pattern: sparse matrix; its values do not matter.
    """
    rows, columns = pattern.tocsr(), pattern.tocsc()
    r_start, r_index = rows.indptr.tolist(), rows.indices.tolist()
    c_start, c_index = columns.indptr.tolist(), columns.indices.tolist()
    colors = [-1] * pattern.shape[1]
    for j in range(pattern.shape[1]):
        taken: set[int] = set()
        for i in c_index[c_start[j] : c_start[j + 1]]:
            taken.update(colors[k] for k in r_index[r_start[i] : r_start[i + 1]])
        colors[j] = first_free(taken)
    return np.array(colors, int)


def first_free(taken: set[int]) -> int:
    """Return the smallest colour that is not taken."""
    color = 0
    while color in taken:
        color += 1
    return color


def star_colors(pattern: Any) -> Any:
    """Return one colour per column of a symmetric matrix so that entries are read off directly (greedy).

    Neighbours differ, and no path of four vertices has two colours only.

    Args:
        pattern: sparse symmetric matrix; its values do not matter.
    """
    rows = pattern.tocsr()
    start, index = rows.indptr.tolist(), rows.indices.tolist()
    n = pattern.shape[0]
    near = [[j for j in index[start[i] : start[i + 1]] if j != i] for i in range(n)]
    colors = [-1] * n
    for v in range(n):
        taken: set[int] = set()
        for w in near[v]:
            if colors[w] >= 0:
                taken.add(colors[w])
            for x in near[w]:
                if x == v or colors[x] < 0:
                    continue
                if colors[w] < 0 or any(y != w and colors[y] == colors[w] for y in near[x]):
                    taken.add(colors[x])
        colors[v] = first_free(taken)
    return np.array(colors, int)


__all__ = ["column_colors", "star_colors"]
