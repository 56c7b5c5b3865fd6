"""Building services: psychrolib, properties of moist air by scalar formulas and iterations."""

import sys
from unittest import mock

from tests.thirdparty.judging import case

with mock.patch.dict(sys.modules, {"numba": None}):  # where numba is, psychrolib compiles itself with it
    import psychrolib as p

p.SetUnitSystem(p.SI)

CASES = [
    case(p.GetTRankineFromTFahrenheit, 70.0),
    case(p.GetTKelvinFromTCelsius, 21.0),
    case(p.GetTWetBulbFromTDewPoint, 25.0, 15.0, 101325.0),
    case(p.GetTWetBulbFromRelHum, 25.0, 0.4, 101325.0),
    case(p.GetRelHumFromTDewPoint, 25.0, 15.0),
    case(p.GetRelHumFromTWetBulb, 25.0, 18.0, 101325.0),
    case(p.GetTDewPointFromRelHum, 25.0, 0.4),
    case(p.GetTDewPointFromTWetBulb, 25.0, 18.0, 101325.0),
    case(p.GetVapPresFromRelHum, 25.0, 0.4),
    case(p.GetRelHumFromVapPres, 25.0, 1300.0),
    case(p.GetTDewPointFromVapPres, 25.0, 1300.0),
    case(p.GetVapPresFromTDewPoint, 15.0),
    case(p.GetTWetBulbFromHumRatio, 25.0, 0.008, 101325.0),
    case(p.GetHumRatioFromTWetBulb, 25.0, 18.0, 101325.0),
    case(p.GetHumRatioFromRelHum, 25.0, 0.4, 101325.0),
    case(p.GetRelHumFromHumRatio, 25.0, 0.008, 101325.0),
    case(p.GetHumRatioFromTDewPoint, 15.0, 101325.0),
    case(p.GetTDewPointFromHumRatio, 25.0, 0.008, 101325.0),
    case(p.GetHumRatioFromVapPres, 1300.0, 101325.0),
    case(p.GetVapPresFromHumRatio, 0.008, 101325.0),
    case(p.GetSpecificHumFromHumRatio, 0.008),
    case(p.GetHumRatioFromSpecificHum, 0.0079),
    case(p.GetDryAirEnthalpy, 25.0),
    case(p.GetDryAirDensity, 25.0, 101325.0),
    case(p.GetDryAirVolume, 25.0, 101325.0),
    case(p.GetTDryBulbFromEnthalpyAndHumRatio, 45000.0, 0.008),
    case(p.GetHumRatioFromEnthalpyAndTDryBulb, 45000.0, 25.0),
    case(p.GetSatVapPres, 25.0),
    case(p.GetSatVapPres, -5.0),
    case(p.GetSatHumRatio, 25.0, 101325.0),
    case(p.GetSatAirEnthalpy, 25.0, 101325.0),
    case(p.GetVaporPressureDeficit, 25.0, 0.008, 101325.0),
    case(p.GetDegreeOfSaturation, 25.0, 0.008, 101325.0),
    case(p.GetMoistAirEnthalpy, 25.0, 0.008),
    case(p.GetMoistAirVolume, 25.0, 0.008, 101325.0),
    case(p.GetMoistAirDensity, 25.0, 0.008, 101325.0),
    case(p.GetStandardAtmPressure, 1000.0),
    case(p.GetStandardAtmTemperature, 1000.0),
    case(p.GetSeaLevelPressure, 95000.0, 500.0, 17.0),
    case(p.GetStationPressure, 101325.0, 500.0, 17.0),
    case(p.CalcPsychrometricsFromRelHum, 25.0, 0.4, 101325.0),
    case(p.CalcPsychrometricsFromTWetBulb, 25.0, 18.0, 101325.0),
]
