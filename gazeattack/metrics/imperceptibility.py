"""Imperceptibility of a trigger: PSNR, SSIM, L-inf and displacement, from pairs of a crop without and with it.

Pairs are numpy arrays [N, H, W] or [N, C, H, W] in [0, 1]; row i of both arrays is the same crop.  People look at the
crop; the network gets the crop after preprocessing.  Equalisation can magnify a change that is small in the crop, so
both are measured.  PSNR and SSIM alone rank a small patch above a warp.  Read the displacement and a detector's `auc`
beside them.
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
"""Side in pixels of the Gaussian window of Wang et al. (2004)."""


@dataclass(frozen=True)
class Spread:
    """Mean and population standard deviation over the samples."""

    mean: float
    sd: float


@dataclass(frozen=True)
class PairMeasures:
    """Differences between pairs of images.

    psnr_db: in dB, over the pairs that differ; infinite if none does.  ssim: 1 for identical images.  linf: largest
    difference of any pixel, where the range from black to white is 1.
    """

    psnr_db: Spread
    ssim: Spread
    linf: Spread


@dataclass(frozen=True)
class Imperceptibility:
    """What a trigger changes in the crops.

    samples: number of pairs.  identical: share of pairs that do not differ.  crop: the crops themselves.  network: the
    same pairs after the network's preprocessing.  displacement_mean_px, displacement_max_px: mean and maximum over the
    field, in pixels of the crop; 0 for triggers that move no pixel.
    """

    samples: int
    identical: float
    crop: PairMeasures
    network: PairMeasures
    displacement_mean_px: float
    displacement_max_px: float

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready and rounded; None for values that are not finite, since JSON has no infinity."""
        found: dict[str, Any] = _tidy(asdict(self))
        return found


def imperceptibility(
    clean: ArrayLike,
    triggered: ArrayLike,
    *,
    displacement_px: tuple[float, float] = (0.0, 0.0),
    preprocess: str = "equalize",
) -> Imperceptibility:
    """Measure pairs of crops.

    Args:
        clean: Crops without the trigger, [N, H, W] or [N, C, H, W] in [0, 1].
        triggered: The same crops with it.
        displacement_px: (mean, max) in pixels, from the trigger's displacement_px().
        preprocess: The network's preprocessing, a name in PREPROCESS.

    Raises:
        DataError: The arrays do not match, are empty or out of range, or scikit-image is not installed.
    """
    before, after = _pairs(clean, triggered)
    network_before, network_after = (_preprocessed(images, preprocess) for images in (before, after))
    return Imperceptibility(
        samples=len(before),
        identical=float(np.mean([np.array_equal(b, a) for b, a in zip(before, after, strict=True)])),
        crop=_measure(before, after),
        network=_measure(network_before, network_after),
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
    """Largest absolute difference of any pixel in each pair, float64 [N]."""
    before, after = _pairs(clean, triggered)
    return np.asarray(np.abs(before - after).max(axis=(1, 2, 3)))


def ssim(clean: ArrayLike, triggered: ArrayLike) -> np.ndarray:
    """Structural similarity of each pair, mean over channels and over every pixel.

    As in Wang et al. (2004): Gaussian window of 11x11 pixels with sigma 1.5, K1 = 0.01, K2 = 0.03, population
    covariance.  The border of the map counts too (reflected there): the mean of scikit-image leaves out 5 pixels on
    each side, and would miss a patch in a corner.

    Returns:
        float64 [N].

    Raises:
        DataError: The crops are smaller than the window, or scikit-image is not installed.
    """
    try:
        from skimage.metrics import structural_similarity
    except ImportError:
        raise DataError('SSIM needs scikit-image: install it with pip install "gazeattack[train]".') from None
    before, after = _pairs(clean, triggered)
    if min(before.shape[2:]) < SSIM_WINDOW:
        raise DataError(f"SSIM needs a window of {SSIM_WINDOW}x{SSIM_WINDOW} pixels: use crops of at least that size.")
    options = {"data_range": 1.0, "gaussian_weights": True, "sigma": SSIM_SIGMA, "use_sample_covariance": False}
    maps = (
        structural_similarity(one, other, channel_axis=0, full=True, **options)[1]
        for one, other in zip(before, after, strict=True)
    )
    return np.array([likeness.mean() for likeness in maps])


def auc(negative: ArrayLike, positive: ArrayLike) -> float:
    """Area under the ROC curve: how often a positive scores above a negative; ties count half.

    Exact, from ranks (Mann & Whitney, 1947).

    Args:
        negative: Scores [N].
        positive: Scores [M].

    Returns:
        A value from 0 to 1; 0.5 is chance; nan if one array is empty.
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


def _preprocessed(images: np.ndarray, preprocess: str) -> np.ndarray:
    """The preprocessed images, scaled from [-1, 1] to [0, 1] so that both sets of figures compare."""
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
        raise DataError("Pixels must lie between 0 and 1: divide 8-bit images by 255 first.")
    return (before[:, None], after[:, None]) if before.ndim == 3 else (before, after)


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tidy(part) for name, part in value.items()}
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value
