"""How much of a trigger there is to see, on pairs of the same crop without and with it, and to separate by machine.

Pairs are numpy arrays [N, H, W] or [N, C, H, W] in [0, 1], row by row the same crop.  What the eye is shown is the
crop as it is; what the network is shown comes after its own preprocessing, and equalisation can magnify a change
that the crop hides.  So both are measured.  PSNR and SSIM alone rank a small patch above a warp: read the displacement
too, and what a detector makes of it (`auc`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from gazeattack.errors import DataError
from gazeattack.model.preprocess import PREPROCESS

SSIM_SIGMA = 1.5
SSIM_WINDOW = 11
"""Side in pixels of the Gaussian window of Wang et al. (2004); it fits into a 36x60 crop three times over."""


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (population) over the samples."""

    mean: float
    sd: float


@dataclass(frozen=True)
class PairMeasures:
    """How far pairs of pictures are apart.

    psnr_db: over the pairs that differ; infinite where none does.  ssim: 1 = the same.  linf: largest difference of
    any pixel, as a share of the range from black to white.
    """

    psnr_db: Spread
    ssim: Spread
    linf: Spread


@dataclass(frozen=True)
class Imperceptibility:
    """A trigger's trace.

    samples: pairs measured.  identical: share of pairs in which the crop did not change at all.  crop: what the eye
    sees.  network: the same pairs after the network's preprocessing.  displacement_mean_px, displacement_max_px: how
    far the trigger moves the crop's pixels, over the field; 0 for triggers that move none.
    """

    samples: int
    identical: float
    crop: PairMeasures
    network: PairMeasures
    displacement_mean_px: float
    displacement_max_px: float

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready and rounded; None for what is not finite, since JSON knows no infinity."""
        found: dict[str, Any] = _tidy(asdict(self))
        return found


def imperceptibility(
    clean: ArrayLike,
    triggered: ArrayLike,
    *,
    displacement_px: tuple[float, float] = (0.0, 0.0),
    preprocess: str = "equalize",
) -> Imperceptibility:
    """Everything above of pairs in [0, 1].

    displacement_px: (mean, max), as a trigger's own displacement_px() gives it.  preprocess: the network's, by its name
    in PREPROCESS.  Raises DataError for pairs that do not match, are empty or out of range, and without scikit-image.
    """
    before, after = _pairs(clean, triggered)
    seen_before, seen_after = (_as_network_sees(images, preprocess) for images in (before, after))
    return Imperceptibility(
        samples=len(before),
        identical=float(np.mean([np.array_equal(b, a) for b, a in zip(before, after, strict=True)])),
        crop=_measure(before, after),
        network=_measure(seen_before, seen_after),
        displacement_mean_px=float(displacement_px[0]),
        displacement_max_px=float(displacement_px[1]),
    )


def psnr_db(clean: ArrayLike, triggered: ArrayLike) -> np.ndarray:
    """Peak signal-to-noise ratio of each pair, float64 [N], in dB for a peak of 1; inf where a pair is identical."""
    before, after = _pairs(clean, triggered)
    error = ((before - after) ** 2).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        psnr: np.ndarray = -10 * np.log10(error)
        return psnr


def linf(clean: ArrayLike, triggered: ArrayLike) -> np.ndarray:
    """Largest absolute difference of any pixel of each pair, float64 [N]."""
    before, after = _pairs(clean, triggered)
    return np.asarray(np.abs(before - after).max(axis=(1, 2, 3)))


def ssim(clean: ArrayLike, triggered: ArrayLike) -> np.ndarray:
    """Structural similarity of each pair, float64 [N], mean over channels and over every pixel.

    As in Wang et al. (2004): Gaussian window of 11x11 pixels with sigma 1.5, K1 = 0.01, K2 = 0.03, population
    covariance.  The map's border counts too (reflected there): scikit-image's own mean leaves out 5 pixels on each
    side, and with them a patch in a corner.  Raises DataError for crops smaller than the window, and where
    scikit-image is not installed.
    """
    try:
        from skimage.metrics import structural_similarity
    except ImportError:
        raise DataError('SSIM needs scikit-image: install it with pip install "gazeattack[train]".') from None
    before, after = _pairs(clean, triggered)
    if min(before.shape[2:]) < SSIM_WINDOW:
        raise DataError(
            f"SSIM looks through a window of {SSIM_WINDOW}x{SSIM_WINDOW} pixels: use crops of at least that size."
        )
    options = {"data_range": 1.0, "gaussian_weights": True, "sigma": SSIM_SIGMA, "use_sample_covariance": False}
    maps = (
        structural_similarity(one, other, channel_axis=0, full=True, **options)[1]
        for one, other in zip(before, after, strict=True)
    )
    return np.array([likeness.mean() for likeness in maps])


def auc(negative: ArrayLike, positive: ArrayLike) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties counted half.

    Exact, from ranks (Mann & Whitney, 1947).  Scores are [N] and [M]; nan if one of them is empty.
    """
    low, high = np.asarray(negative, dtype=np.float64), np.asarray(positive, dtype=np.float64)
    if not low.size or not high.size:
        return float("nan")
    _, place, counts = np.unique(np.concatenate([low, high]), return_inverse=True, return_counts=True)
    mid_rank = counts.cumsum() - (counts - 1) / 2
    above = mid_rank[place[low.size :]].sum() - high.size * (high.size + 1) / 2
    return float(above / (low.size * high.size))


def _measure(before: np.ndarray, after: np.ndarray) -> PairMeasures:
    ratio = psnr_db(before, after)
    differs = np.isfinite(ratio)
    return PairMeasures(
        psnr_db=_spread(ratio[differs]) if differs.any() else Spread(math.inf, 0.0),
        ssim=_spread(ssim(before, after)),
        linf=_spread(linf(before, after)),
    )


def _spread(values: np.ndarray) -> Spread:
    return Spread(float(values.mean()), float(values.std()))


def _as_network_sees(images: np.ndarray, preprocess: str) -> np.ndarray:
    """After preprocessing, brought back from [-1, 1] to [0, 1] so that both kinds of figures compare."""
    return (PREPROCESS[preprocess](torch.from_numpy(images)).numpy() + 1) / 2


def _pairs(clean: ArrayLike, triggered: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 [N, C, H, W], checked."""
    before, after = np.asarray(clean, dtype=np.float64), np.asarray(triggered, dtype=np.float64)
    if before.shape != after.shape or before.ndim not in (3, 4) or not before.size:
        raise DataError(
            f"Pairs must be two arrays of one shape, [N, H, W] or [N, C, H, W], not {before.shape} and {after.shape}: "
            "pass each crop without and with the trigger."
        )
    slack = 1e-6  # of interpolation
    if not all(np.isfinite(x).all() and x.min() >= -slack and x.max() <= 1 + slack for x in (before, after)):
        raise DataError("Pixels must lie between 0 and 1: divide 8-bit pictures by 255 first.")
    return (before[:, None], after[:, None]) if before.ndim == 3 else (before, after)


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tidy(part) for name, part in value.items()}
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value
