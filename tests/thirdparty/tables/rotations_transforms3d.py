"""Robotics: transforms3d, rotations as matrices, quaternions, Euler angles."""

import numpy as np
from transforms3d import affines, axangles, euler, quaternions, reflections, shears, taitbryan, utils, zooms

from tests.thirdparty.judging import FILLS, TRY, case, known

Q = np.array([0.92, 0.18, -0.27, 0.22])
P = np.array([0.4, -0.5, 0.7, 0.3])
UNIT = Q / np.linalg.norm(Q)
AXIS = np.array([0.3, -0.9, 0.5])
R = quaternions.quat2mat(UNIT)

CASES = [
    case(quaternions.quat2mat, Q),
    known(FILLS, quaternions.mat2quat, R),
    case(quaternions.qmult, Q, P),
    case(quaternions.qconjugate, Q),
    case(quaternions.qnorm, Q),
    case(quaternions.qinverse, Q),
    case(quaternions.qexp, Q),
    case(quaternions.qlog, UNIT),
    case(quaternions.qpow, UNIT, 0.7),
    known(FILLS, quaternions.rotate_vector, AXIS, UNIT),
    case(quaternions.axangle2quat, AXIS, 0.8),
    known(TRY, quaternions.quat2axangle, Q),
    known(TRY, quaternions.fillpositive, np.array([0.1, 0.2, 0.3])),
    case(axangles.axangle2mat, AXIS, 0.8),
    known(FILLS, axangles.axangle2aff, AXIS, 0.8, np.array([1.0, 2.0, 3.0])),
    case(axangles.mat2axangle, R),
    known(FILLS, euler.euler2mat, 0.1, 0.2, 0.3),
    case(euler.mat2euler, R),
    known(FILLS, euler.euler2quat, 0.1, 0.2, 0.3),
    case(euler.quat2euler, UNIT),
    known(FILLS, euler.euler2axangle, 0.1, 0.2, 0.3),
    case(euler.axangle2euler, AXIS, 0.8),
    case(taitbryan.euler2mat, 0.1, 0.2, 0.3),
    known(TRY, taitbryan.mat2euler, R),
    case(taitbryan.euler2quat, 0.1, 0.2, 0.3),
    known(TRY, taitbryan.quat2euler, UNIT),
    known(TRY, taitbryan.euler2axangle, 0.1, 0.2, 0.3),
    known(TRY, taitbryan.axangle2euler, AXIS, 0.8),
    known(FILLS, affines.compose, AXIS, R, np.array([1.0, 2.0, 0.5])),
    known(FILLS, affines.decompose44, np.eye(4) + 0.1),
    case(zooms.zfdir2mat, 0.7, AXIS),
    case(reflections.rfnorm2mat, AXIS),
    known(FILLS, shears.striu2mat, np.array([0.1, 0.2, 0.3])),
    case(utils.normalized_vector, AXIS),
    case(utils.vector_norm, AXIS),
]
