"""Optimisation: benchmark_functions, test functions as callable objects, on lists of floats in loops."""

import benchmark_functions as bf

from tests.thirdparty.judging import FILLS, case, known

POINT = [0.31, -0.87, 1.17]

CASES = [
    *(case(cls(n_dimensions=3), POINT) for cls in (
        bf.Hypersphere, bf.Hyperellipsoid, bf.Rosenbrock, bf.Rastrigin, bf.Schwefel, bf.Griewank, bf.Ackley,
        bf.Michalewicz, bf.Keane, bf.Rana, bf.EggHolder, bf.StyblinskiTang,
    )),
    *(case(cls(), POINT[:2]) for cls in (
        bf.Easom, bf.GoldsteinAndPrice, bf.PichenyGoldsteinAndPrice, bf.McCormick, bf.MartinGaddy,
        bf.Schaffer2, bf.Himmelblau, bf.DeJong5,
    )),
    case(bf.Ackley(opposite=True), POINT[:2]),
    known(FILLS, bf.PitsAndHoles(), POINT[:2]),
]  # fmt: skip
