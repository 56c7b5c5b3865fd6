"""Oceanography: seawater, the equations of state on arrays."""

import numpy as np
import seawater as sw
from seawater import extras, library

from tests.thirdparty.judging import FILLS, case, known

S = np.array([33.0, 34.5, 35.2])
T = np.array([4.0, 12.5, 21.0])
P = np.array([100.0, 500.0, 1200.0])
OFFSET = np.array([0.3, -1.2, 0.7])

CASES = [
    case(sw.adtg, S, T, P),
    case(sw.alpha, S, T, P),
    case(sw.aonb, S, T, P),
    case(sw.beta, S, T, P),
    case(sw.dpth, P, 45.0),
    case(sw.g, 45.0, OFFSET),
    case(sw.cp, S, T, P),
    case(sw.dens, S, T, P),
    case(sw.dens0, S, T),
    case(sw.fp, S, P),
    case(sw.pden, S, T, P),
    case(sw.pres, P, 45.0),
    case(sw.ptmp, S, T, P),
    known(FILLS, sw.salt, OFFSET + 1.0, T, P),
    case(sw.svel, S, T, P),
    case(sw.temp, S, T, P),
    case(library.cndr, S, T, P),
    case(library.salds, np.sqrt(OFFSET + 1.5), T),
    case(library.sals, OFFSET + 1.5, T),
    case(library.salrp, OFFSET + 1.5, T, P),
    case(library.salrt, T),
    case(library.seck, S, T, P),
    case(library.smow, T),
    case(extras.f, 45.0),
    case(extras.satAr, S, T),
    case(extras.satN2, S, T),
    case(extras.satO2, S, T),
    case(extras.swvel, 12.0, 4000.0),
    case(sw.gpan, np.stack([S, S], 1), np.stack([T, T + 1], 1), np.stack([P, P], 1)),
]
