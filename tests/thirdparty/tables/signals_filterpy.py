"""Signal processing: python_speech_features, filterpy and resampling by NumPy."""

import numpy as np
from filterpy import kalman
from filterpy.common import discretization, kinematic
from filterpy.stats import stats
from python_speech_features import base, sigproc

from tests.thirdparty.judging import FILLS, TRY, case, known

RNG = np.random.default_rng(3)
SIGNAL = RNG.normal(size=900)
FRAMES = RNG.normal(size=(4, 64))
X = np.array([1.0, -0.5])
COVARIANCE = np.array([[1.2, 0.3], [0.3, 0.8]])
F = np.array([[1.0, 0.1], [0.0, 1.0]])
Q = 0.1 * np.eye(2)
H = np.array([[1.0, 0.0]])
R = np.array([[0.5]])

CASES = [
    known("decimal numbers", base.mfcc, SIGNAL, samplerate=8000, winlen=0.025, winstep=0.01, nfft=256),
    case(base.fbank, SIGNAL, samplerate=8000, nfft=256),
    case(base.logfbank, SIGNAL, samplerate=8000, nfft=256),
    case(base.ssc, SIGNAL, samplerate=8000, nfft=256),
    case(base.hz2mel, 440.0),
    case(base.mel2hz, 550.0),
    case(base.lifter, FRAMES),
    known(FILLS, base.delta, FRAMES, 2),
    case(sigproc.preemphasis, SIGNAL, 0.97),
    case(sigproc.framesig, SIGNAL, 100, 40),
    known(FILLS, sigproc.deframesig, FRAMES, 160, 64, 32),
    case(sigproc.magspec, FRAMES, 128),
    case(sigproc.powspec, FRAMES, 128),
    known(FILLS, sigproc.logpowspec, FRAMES, 128),
    case(kalman.predict, X, COVARIANCE, F, Q),
    known(TRY, kalman.update, X, COVARIANCE, np.array([0.7]), R, H),
    case(kalman.predict, 1.0, 0.5, 0.1, 0.2),
    case(discretization.Q_discrete_white_noise, 2, dt=0.1, var=1.3),
    case(
        discretization.Q_continuous_white_noise,
        2,
        dt=0.1,
        spectral_density=1.3,
    ),
    known(FILLS, kinematic.kinematic_state_transition, 2, 0.1),
    case(stats.gaussian, 1.3, 0.7, 2.0),
    case(stats.mul, 1.3, 0.7, 0.9, 2.0),
    case(stats.mul_pdf, 1.3, 0.7, 0.9, 2.0),
    case(stats.add, 1.3, 0.7, 0.9, 2.0),
    known(FILLS, stats.logpdf, X, np.array([0.7, 0.1]), COVARIANCE),
    case(stats.multivariate_multiply, X, COVARIANCE, np.array([0.7, 0.1]), Q + COVARIANCE),
    case(stats.norm_cdf, (-1.0, 1.5), 0.2, 1.3),
    case(stats.mahalanobis, X, np.array([0.7, 0.1]), COVARIANCE),
]
