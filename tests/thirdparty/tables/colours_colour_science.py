"""Colour science: colour, models and transfer functions on arrays."""

import colour
import numpy as np
from colour import models, temperature
from colour.adaptation import chromatic_adaptation_VonKries
from colour.models.rgb import transfer_functions as curves

from tests.thirdparty.judging import FILLS, case, known

XYZ = np.array([0.20654008, 0.12197225, 0.05136952])
LAB = np.array([41.52787529, 52.63858304, 26.92317922])
RGB = np.array([0.45620519, 0.03081071, 0.04091952])
MANY = np.stack([XYZ, XYZ * 1.3, XYZ[::-1]])
WHITE = np.array([0.95045593, 1.0, 1.08905775])

CASES = [
    case(models.XYZ_to_Lab, XYZ),
    case(models.XYZ_to_Lab, MANY),
    case(models.Lab_to_XYZ, LAB),
    case(models.XYZ_to_Luv, XYZ),
    case(models.Luv_to_XYZ, np.array([41.5, 96.8, 17.7])),
    case(models.XYZ_to_xyY, XYZ),
    case(models.xyY_to_XYZ, np.array([0.54, 0.32, 0.12])),
    case(models.XYZ_to_xy, XYZ),
    case(models.Luv_to_uv, np.array([41.5, 96.8, 17.7])),
    case(models.UCS_to_XYZ, np.array([0.13, 0.12, 0.10])),
    case(models.XYZ_to_UCS, XYZ),
    case(models.XYZ_to_UVW, XYZ * 100.0),
    case(models.XYZ_to_Hunter_Lab, XYZ * 100.0),
    case(models.XYZ_to_Hunter_Rdab, XYZ * 100.0),
    case(models.XYZ_to_IPT, XYZ),
    case(models.XYZ_to_Oklab, XYZ),
    case(models.Oklab_to_XYZ, np.array([0.51, 0.15, 0.06])),
    case(models.XYZ_to_OSA_UCS, XYZ * 100.0),
    case(models.XYZ_to_ProLab, XYZ),
    case(models.XYZ_to_hdr_CIELab, XYZ),
    case(models.XYZ_to_ICaCb, XYZ),
    case(models.XYZ_to_IPT_Ragoo2021, XYZ),
    case(models.RGB_to_HSV, RGB),
    case(models.HSV_to_RGB, np.array([0.99, 0.93, 0.45])),
    case(models.RGB_to_HSL, RGB),
    case(models.RGB_to_CMY, RGB),
    known(FILLS, models.RGB_to_YCbCr, RGB),
    case(models.RGB_to_YCoCg, RGB),
    case(models.RGB_to_ICtCp, RGB),
    case(models.RGB_to_Prismatic, RGB),
    case(curves.eotf_inverse_sRGB, RGB),
    case(curves.eotf_sRGB, RGB),
    case(curves.eotf_ST2084, RGB),
    case(curves.oetf_BT709, RGB),
    case(curves.log_encoding_ACEScct, RGB),
    case(curves.log_encoding_SLog3, RGB),
    case(curves.gamma_function, RGB, 2.2),
    case(colour.difference.delta_E_CIE1976, LAB, LAB + np.array([1.0, -2.0, 3.0])),
    case(
        colour.difference.delta_E_CIE1994,
        LAB,
        LAB + np.array([1.0, -2.0, 3.0]),
    ),
    case(
        colour.difference.delta_E_CIE2000,
        LAB,
        LAB + np.array([1.0, -2.0, 3.0]),
    ),
    case(colour.difference.delta_E_CMC, LAB, LAB + np.array([1.0, -2.0, 3.0])),
    case(colour.colorimetry.lightness_CIE1976, 12.2),
    case(colour.colorimetry.lightness_Fairchild2010, 0.122),
    case(colour.colorimetry.luminance_ASTMD1535, 4.1),
    case(colour.colorimetry.planck_law, 500e-9, 5000.0),
    case(chromatic_adaptation_VonKries, XYZ, WHITE, WHITE * np.array([1.1, 1.0, 0.8])),
    case(temperature.CCT_to_xy_CIE_D, 6500.0),
    case(temperature.xy_to_CCT_McCamy1992, np.array([0.3127, 0.329])),
    case(temperature.CCT_to_uv_Krystek1985, 6504.4),
]
