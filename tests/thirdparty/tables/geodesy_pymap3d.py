"""Geodesy: pymap3d, conversions between coordinate frames."""

import pymap3d as pm
from pymap3d import latitude, rcurve, sidereal, spherical
from pymap3d.ellipsoid import Ellipsoid

from tests.thirdparty.judging import TRY, case, known

WGS84 = Ellipsoid.from_name("wgs84")
HERE = (42.0, -82.0, 200.0)
ECEF = (660675.25, -4700948.68, 4245737.66)

CASES = [
    case(pm.geodetic2ecef, *HERE),
    known(TRY, pm.ecef2geodetic, *ECEF),
    case(pm.geodetic2enu, 42.002, -81.998, 1139.7, *HERE),
    known(TRY, pm.enu2geodetic, 186.3, 286.8, 939.7, *HERE),
    case(pm.ecef2enu, 660930.2, -4701424.0, 4246579.6, *HERE),
    case(pm.enu2ecef, 186.3, 286.8, 939.7, *HERE),
    known(TRY, pm.enu2aer, 186.3, 286.8, 939.7),
    known(TRY, pm.aer2enu, 33.0, 70.0, 1000.0),
    known(TRY, pm.aer2ecef, 33.0, 70.0, 1000.0, *HERE),
    known(TRY, pm.ecef2aer, 660930.2, -4701424.0, 4246579.6, *HERE),
    known(TRY, pm.geodetic2aer, 42.002, -81.998, 1139.7, *HERE),
    known(TRY, pm.aer2geodetic, 33.0, 70.0, 1000.0, *HERE),
    case(pm.geodetic2ned, 42.002, -81.998, 1139.7, *HERE),
    known(TRY, pm.ned2geodetic, 286.8, 186.3, -939.7, *HERE),
    case(pm.ned2ecef, 286.8, 186.3, -939.7, *HERE),
    case(pm.ecef2ned, 660930.2, -4701424.0, 4246579.6, *HERE),
    known(TRY, pm.ned2aer, 286.8, 186.3, -939.7),
    known(TRY, pm.aer2ned, 33.0, 70.0, 1000.0),
    case(pm.enu2uvw, 186.3, 286.8, 939.7, 42.0, -82.0),
    case(pm.uvw2enu, 254.9, -475.4, 841.9, 42.0, -82.0),
    case(pm.ecef2enuv, 5.0, 3.0, 2.0, 42.0, -82.0),
    case(pm.enu2ecefv, 5.0, 3.0, 2.0, 42.0, -82.0),
    case(pm.enu2dca, 186.3, 286.8, 939.7, 30.0),
    case(pm.dca2enu, 186.3, 286.8, 939.7, 30.0),
    known(TRY, pm.aer2dca, 33.0, 70.0, 1000.0, 30.0),
    case(spherical.geodetic2spherical, *HERE),
    case(spherical.spherical2geodetic, 41.8, -82.0, 6368500.0),
    case(latitude.geodetic2geocentric, 42.0, 100.0),
    case(latitude.geocentric2geodetic, 41.8, 100.0),
    known(TRY, latitude.geodetic2isometric, 42.0),
    known(TRY, latitude.geodetic2conformal, 42.0),
    case(latitude.geodetic2parametric, 42.0),
    case(latitude.geodetic2authalic, 42.0),
    case(latitude.geodetic2rectifying, 42.0),
    case(rcurve.transverse, 42.0),
    case(rcurve.meridian, 42.0),
    case(rcurve.parallel, 42.0),
    case(rcurve.geocentric_radius, 42.0),
    case(sidereal.greenwichsrt, 2456000.7),
]
