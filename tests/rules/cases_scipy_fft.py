"""Cases of the rules in rules/scipy_fft.py and scipy_cosine.py."""

import scipy.fft as f

from .generators import case, cnormal, normal

NORMS = ("ortho", "forward")
ONE_AXIS = (f.fft, f.ifft, f.rfft, f.irfft, f.hfft, f.ihfft)
SEVERAL = (f.fftn, f.ifftn, f.rfftn, f.irfftn, f.hfftn, f.ihfftn)
PLANES = (f.fft2, f.ifft2, f.rfft2, f.irfft2, f.hfft2, f.ihfft2)
COSINES = (f.dct, f.idct, f.dst, f.idst)
COSINES_N = (f.dctn, f.idctn, f.dstn, f.idstn)
COMPLEX = (f.fft, f.ifft, f.irfft, f.hfft, f.fftn, f.irfftn, f.ifft2, f.hfft2)

CASES = [
    *(case(t, normal(2, size)) for t in ONE_AXIS for size in (4, 5)),
    *(case(t, normal(3, 5), n, 0, norm) for t in ONE_AXIS for n in (2, 6) for norm in NORMS),
    *(case(t, cnormal(3, 4)) for t in COMPLEX),
    *(case(t, normal(3, 4), workers=1) for t in SEVERAL + PLANES),
    *(case(t, normal(2, 3, 4), (5, 3), (2, 0), "ortho") for t in SEVERAL + PLANES),
    *(case(t, normal(4, 3), s=(3, 4), norm="forward") for t in SEVERAL + PLANES),
    *(case(t, normal(2, 3), **options) for t in (f.fftshift, f.ifftshift) for options in ({}, {"axes": 1})),
    *(case(t, normal(2, 5), k) for t in COSINES for k in (1, 2, 3, 4)),
    *(case(t, normal(2, 5), k, norm="ortho") for t in COSINES for k in (1, 2, 3, 4)),
    *(case(t, normal(2, 5), k, norm="forward", orthogonalize=True) for t in COSINES for k in (1, 2, 3)),
    *(case(t, normal(2, 5), k, norm="ortho", orthogonalize=False) for t in COSINES for k in (1, 2, 3)),
    *(case(t, normal(4, 2), 3, n, 0, "forward", workers=1) for t in COSINES for n in (3, 6)),
    *(case(t, cnormal(4)) for t in COSINES),
    *(case(t, normal(3, 4), k) for t in COSINES_N for k in (1, 2, 3)),
    *(case(t, normal(2, 3, 4), 2, (5, 3), (2, 0), "ortho") for t in COSINES_N),
    *(case(t, normal(3, 4), axes=1, norm="forward", orthogonalize=True) for t in COSINES_N),
]
