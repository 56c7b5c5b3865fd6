"""Robotics: pytransform3d, rotations and rigid motions with checked arguments."""

import numpy as np
from pytransform3d import rotations as r
from pytransform3d import transformations as t

from tests.thirdparty.judging import FILLS, case, known

A = np.array([0.3, -0.9, 0.5])
B = np.array([1.1, 0.4, -0.6])
AXIS_ANGLE = np.hstack([A / np.linalg.norm(A), [0.8]])
Q = r.quaternion_from_axis_angle(AXIS_ANGLE)
P = r.quaternion_from_axis_angle(np.array([0.0, 0.6, 0.8, 1.1]))
R = r.matrix_from_axis_angle(AXIS_ANGLE)
POSE = t.transform_from(R, B)
STHETA = t.exponential_coordinates_from_transform(POSE)

CASES = [
    case(r.norm_vector, A),
    case(r.angle_between_vectors, A, B),
    case(r.perpendicular_to_vectors, A, B),
    case(r.vector_projection, A, B),
    case(r.norm_angle, 4.0),
    case(r.active_matrix_from_angle, 1, 0.4),
    case(r.passive_matrix_from_angle, 1, 0.4),
    case(r.quaternion_from_angle, 1, 0.4),
    case(r.norm_matrix, R + 0.01),
    case(r.matrix_from_two_vectors, A, B),
    case(r.matrix_from_rotation_6d, np.hstack([A, B])),
    case(r.matrix_from_euler, np.array([0.1, 0.2, 0.3]), 0, 1, 2, True),
    case(r.euler_from_quaternion, Q, 0, 1, 2, True),
    known(FILLS, r.matrix_from_axis_angle, AXIS_ANGLE),
    known(FILLS, r.matrix_from_compact_axis_angle, A),
    case(r.axis_angle_from_compact_axis_angle, A),
    known(FILLS, r.compact_axis_angle, AXIS_ANGLE),
    known(FILLS, r.quaternion_from_axis_angle, AXIS_ANGLE),
    known(FILLS, r.quaternion_from_compact_axis_angle, A),
    known(FILLS, r.axis_angle_from_quaternion, Q),
    known(FILLS, r.compact_axis_angle_from_quaternion, Q),
    case(r.mrp_from_quaternion, Q),
    known(FILLS, r.quaternion_from_mrp, A * 0.3),
    case(r.cross_product_matrix, A),
    known(FILLS, r.concatenate_quaternions, Q, P),
    case(r.q_conj, Q),
    case(r.q_prod_vector, Q, A),
    known(FILLS, r.quaternion_diff, Q, P),
    known(FILLS, r.quaternion_dist, Q, P),
    case(r.matrix_from_quaternion, Q),
    known(FILLS, r.quaternion_from_matrix, R, strict_check=False),
    known(FILLS, r.axis_angle_from_matrix, R, strict_check=False, check=False),
    case(r.quaternion_slerp, Q, P, 0.3),
    known(FILLS, t.transform_from, R, B, strict_check=False),
    case(t.invert_transform, POSE, check=False),
    case(t.concat, POSE, POSE, check=False),
    known(FILLS, t.adjoint_from_transform, POSE, check=False),
    known(FILLS, t.transform_from_exponential_coordinates, STHETA, check=False),
    known(FILLS, t.transform_from_pq, np.hstack([B, Q])),
    known(FILLS, t.dual_quaternion_from_pq, np.hstack([B, Q])),
    case(t.vector_to_point, A),
    known(FILLS, t.transform_log_from_exponential_coordinates, STHETA),
]
