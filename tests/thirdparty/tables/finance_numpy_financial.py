"""Finance: numpy-financial, mibian (option prices by classes) and nelson_siegel_svensson (yield curves)."""

import mibian
import numpy as np
import numpy_financial as npf
from nelson_siegel_svensson import NelsonSiegelCurve, NelsonSiegelSvenssonCurve

from tests.thirdparty.judging import FILLS, TRY, case, known

FLOWS = np.array([-100.0, 39.0, 59.0, 55.0, 20.0])
YEARS = np.array([0.5, 1.0, 5.0, 10.0])
GARMAN = mibian.GK([1.4565, 1.45, 1.0, 2.0, 30.0], volatility=20.0)
BLACK = mibian.BS([1.4565, 1.45, 1.0, 30.0], volatility=20.0)
MERTON = mibian.Me([52.0, 50.0, 1.0, 1.0, 30.0], volatility=32.0)


def call_price(model, *arguments, volatility):
    """Return the price of a European call: the constructor of the model computes it."""
    return model(list(arguments), volatility=volatility).callPrice


def zero_rates(curve, *parameters):
    """Return the rates of a curve, whose parameters are the fields of a dataclass."""
    return curve(*parameters).zero(YEARS)


def forward_rates(curve, *parameters):
    """Return the forward rates of a curve."""
    return curve(*parameters).forward(YEARS)


CASES = [
    case(npf.fv, 0.05 / 12, 120.0, -100.0, -100.0),
    case(npf.fv, np.array([0.05, 0.06, 0.07]) / 12, 120.0, -100.0, -100.0),
    case(npf.fv, 0.05 / 12, 120.0, -100.0, -100.0, when="begin"),
    case(npf.pmt, 0.075 / 12, 180.0, 200000.0),
    known(TRY, npf.ppmt, 0.1 / 12, 1.0, 24.0, 2000.0),
    case(npf.pv, 0.05 / 12, 120.0, -100.0, 15692.93),
    case(npf.npv, 0.281, FLOWS),
    case(npf.mirr, FLOWS, 0.1, 0.12),
    case(npf.rate, 10.0, 0.0, -3500.0, 10000.0),
    known(TRY, npf.nper, 0.07 / 12, -150.0, 8000.0),
    known(TRY, npf.ipmt, 0.0824 / 12, 1.0, 12.0, 2500.0),
    case(npf.irr, FLOWS),
    case(call_price, mibian.BS, 1.4565, 1.45, 1.0, 30.0, volatility=20.0),
    case(mibian.GK._price, GARMAN),
    case(mibian.GK._delta, GARMAN),
    case(mibian.GK._delta2, GARMAN),
    case(mibian.GK._vega, GARMAN),
    case(mibian.GK._theta, GARMAN),
    case(mibian.GK._gamma, GARMAN),
    case(mibian.BS._price, BLACK),
    case(mibian.BS._delta, BLACK),
    case(mibian.BS._delta2, BLACK),
    case(mibian.BS._theta, BLACK),
    case(mibian.BS._rho, BLACK),
    case(mibian.BS._vega, BLACK),
    case(mibian.BS._gamma, BLACK),
    case(mibian.Me._price, MERTON),
    case(mibian.Me._delta, MERTON),
    known(FILLS, zero_rates, NelsonSiegelCurve, 0.028, -0.03, -0.009, 5.0),
    case(forward_rates, NelsonSiegelCurve, 0.028, -0.03, -0.009, 5.0),
    known(
        FILLS,
        zero_rates,
        NelsonSiegelSvenssonCurve,
        0.028,
        -0.03,
        -0.009,
        -0.015,
        5.0,
        0.25,
    ),
    case(forward_rates, NelsonSiegelSvenssonCurve, 0.028, -0.03, -0.009, -0.015, 5.0, 0.25),
]
