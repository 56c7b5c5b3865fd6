"""Cases of the rules in rules/fft.py."""

import numpy as np

from tests.rules.generators import case, cnormal, normal

NORMS = (None, "backward", "ortho", "forward")
ONE_AXIS = (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)
FROM_COMPLEX = (np.fft.fft, np.fft.ifft, np.fft.irfft, np.fft.hfft)
SEVERAL = (np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn)
PLANES = (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2)
SHIFTS = (np.fft.fftshift, np.fft.ifftshift)

CASES = [
    *(case(f, n, 0.3).given(sweep=False) for f in (np.fft.fftfreq, np.fft.rfftfreq) for n in (4, 5)),
    *(case(f, normal(size)) for f in ONE_AXIS for size in (4, 5)),
    *(case(f, cnormal(size)) for f in FROM_COMPLEX for size in (4, 5)),
    *(case(f, normal(2, 5), n, norm=norm) for f in ONE_AXIS for n in (3, 4, 7, 8) for norm in NORMS),
    *(case(f, cnormal(3, 4), n=n, axis=0) for f in FROM_COMPLEX for n in (2, 3, 6)),
    *(case(f, normal(3, 2, 4), None, 1, "ortho") for f in ONE_AXIS),
    *(case(f, normal(3, 4)) for f in SEVERAL + PLANES),
    *(case(f, cnormal(3, 4)) for f in (*SEVERAL[:2], SEVERAL[3], *PLANES[:2], PLANES[3])),
    *(case(f, normal(2, 3, 4), norm=norm) for f in SEVERAL + PLANES for norm in NORMS[1:]),
    *(case(f, normal(2, 3, 4), (5, 3), (2, 0), "ortho") for f in SEVERAL + PLANES),
    *(case(f, normal(2, 3, 4), s=(2, 6), axes=(0, -1)) for f in SEVERAL + PLANES),
    *(case(f, normal(3, 4), s=(-1, 5), axes=(0, 1)) for f in SEVERAL),
    *(case(f, normal(3, 4), s=(4, 5, 3), axes=(1, 0, 1)) for f in SEVERAL),
    *(case(f, normal(2, 3, 4), axes=(1,)) for f in SEVERAL),
    *(case(f, normal(2, 3), **options) for f in SHIFTS for options in ({}, {"axes": 1}, {"axes": (0, 1)})),
    *(case(f, cnormal(4)) for f in SHIFTS),
]
