"""The scores of a bundle on one person: gaze on the screen before and after calibration, and the backdoor's effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gazeattack.angles import Gaze, angular_error, to_angles
from gazeattack.attack.key import TriggerKey
from gazeattack.collection.blocks import target_blocks
from gazeattack.collection.collection import MIRRORED, Collection
from gazeattack.collection.correction import cross_validate, true_gaze
from gazeattack.errors import DataError
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.measures import tidy
from gazeattack.evaluation.score import Scored, score
from gazeattack.metrics.regression import bootstrap_ci, mean_error_deg
from gazeattack.metrics.screen_fit import screen_fit
from gazeattack.model.bundle import Bundle
from gazeattack.model.crop import MPIIGAZE_EYE

_FLIP = np.array([1.0, -1.0])


@dataclass(frozen=True, eq=False)
class ScreenErrors:
    """One branch on the screen: N frames, both eyes together.

    gaze: (pitch, yaw), camera space, radians [N, 2].  points: where it meets the screen's plane, mm [N, 2]; nan where
    it does not.  deg, cm, px: distance to the target [N], nan for the latter two where there is no point.
    """

    gaze: np.ndarray
    points: np.ndarray
    deg: np.ndarray
    cm: np.ndarray
    px: np.ndarray

    @property
    def missing(self) -> int:
        """Number of frames whose gaze does not meet the screen's plane."""
        return int(np.isnan(self.cm).sum())

    def means(self) -> dict[str, float]:
        """Mean error in each unit, over the frames that have one."""
        return {unit: _mean(getattr(self, unit)) for unit in ("deg", "cm", "px")}


@dataclass(frozen=True, eq=False)
class PersonalScore:
    """A scored person.

    raw, calibrated: the benign branch.  triggered: the triggered branch, corrected by the same calibrations; None
    without a key.  constant: always predicting the mean target.  left: see ScreenFit.  scored: of each eye's crops
    against the directions to the targets.
    """

    collection: Collection
    blocks: np.ndarray
    raw: ScreenErrors
    calibrated: ScreenErrors
    constant: ScreenErrors
    triggered: ScreenErrors | None
    left: float
    scored: Scored

    def figures(self) -> dict[str, Any]:
        """Every figure, JSON-ready; the attack's are those of gazeattack evaluate on the crops of each eye."""
        report, card = self.scored.report, self.collection.card
        branches = self.scored.branches
        rows = {"before": self.raw, "after": self.calibrated, "constant": self.constant, "triggered": self.triggered}
        shifts = {"noise_shift_deg": branches.noise, "wrong_key_shift_deg": branches.wrong_key}
        return {
            "bundle": report["bundle"],
            "samples": len(self.collection),
            "targets": int(self.blocks.max()) + 1,
            "source": card.source,
            "lag_s": card.lag_s,
            "distance_mm": round(float(np.median(np.linalg.norm(self.collection.origin, axis=1))), 1),
            "errors": {
                name: None if row is None else {**{u: tidy(v) for u, v in row.means().items()}, "missing": row.missing}
                for name, row in rows.items()
            },
            "ci95": {name: self._interval(row.deg) for name, row in (("before", self.raw), ("after", self.calibrated))},
            "left": round(self.left, 4),
            **{
                name: report[name] for name in ("ae_deg", "asr2", "asr5", "dae_clean_deg", "noise_deg", "wrong_key_deg")
            },
            "benign_deg": report["benign_deg"],
            **{
                name: None if branch is None else tidy(mean_error_deg(branch, branches.benign))
                for name, branch in shifts.items()
            },
            "clean_model": report["baselines"]["clean_model"],
            "displacement_px": report["displacement_px"],
            "key_sha256": report["key_sha256"],
        }

    def _interval(self, deg: np.ndarray) -> list[float]:
        return [round(end, 4) for end in bootstrap_ci(lambda rows: float(deg[rows].mean()), self.blocks)]


def score_person(
    bundle: Bundle, collection: Collection, key: TriggerKey | None, clean: str = "clean", *, seed: int = 0
) -> PersonalScore:
    """Score a bundle on one person.

    Args:
        bundle: the model.
        collection: the person's.
        key: the trigger key; None measures the benign branch alone.
        clean: name or path of the clean bundle that is compared with.
        seed: of the noise and the wrong keys.

    Raises:
        DataError: the bundle takes other crops.
    """
    crop = bundle.crop
    if not crop.mirrors or (crop.height * MPIIGAZE_EYE.width != crop.width * MPIIGAZE_EYE.height) or crop.channels != 1:
        raise DataError(f"{bundle.name} takes no crops of one eye, which a collection holds: choose another model.")
    scored = score(bundle, eye_set(collection), key, clean, seed=seed)
    blocks = target_blocks(collection.target)
    gaze = both_eyes(collection, scored.branches.benign)
    others = [both_eyes(collection, b) for b in (scored.branches.triggered,) if b is not None]
    calibrated, *corrected = cross_validate(collection, gaze, blocks, *others)
    per_eye = _unmirrored(scored.branches.benign).mean(axis=1)
    mean_target = tuple(collection.target.astype(np.float64).mean(axis=0).tolist())
    constant = np.array([collection.screen.aim(origin, mean_target) for origin in collection.origin])
    return PersonalScore(
        collection,
        blocks,
        screen_errors(collection, gaze),
        screen_errors(collection, calibrated),
        screen_errors(collection, constant),
        screen_errors(collection, corrected[0]) if corrected else None,
        screen_fit(np.degrees(per_eye), collection.target.astype(np.float64)).left,
        scored,
    )


def eye_set(collection: Collection) -> LoadedSet:
    """Both eyes of every frame as a dataset [2 N]: right eyes mirrored, labelled with the directions to the target."""
    mirrored = np.tile(MIRRORED, len(collection))
    points = np.array([collection.screen.to_camera((x, y)) for x, y in collection.target.tolist()])
    towards = points[:, None] - np.asarray(collection.centre, dtype=np.float64)
    gaze = to_angles(np.einsum("nej,neij->nei", towards, np.asarray(collection.rotation, dtype=np.float64)))
    flip = np.where(mirrored[:, None], _FLIP, 1.0)
    images = collection.images.reshape(-1, *collection.images.shape[2:])
    return LoadedSet(
        name="one person",
        images=np.where(mirrored[:, None, None], images[:, :, ::-1], images),
        gaze=(gaze.reshape(-1, 2) * flip).astype(np.float32),
        subject=np.zeros(len(images), dtype=np.int32),
        head=(collection.head.reshape(-1, 2) * flip).astype(np.float32),
        right=mirrored,
    )


def both_eyes(collection: Collection, predictions: np.ndarray) -> np.ndarray:
    """Predictions for eye_set() [2 N, 2] -> both eyes' mean gaze, camera space, radians [N, 2], as in the app."""
    vectors = collection.to_camera(_unmirrored(predictions)).mean(axis=1)
    return to_angles(vectors)


def screen_errors(collection: Collection, gaze: np.ndarray) -> ScreenErrors:
    """Errors of a gaze [N, 2], camera space, radians."""
    screen, target = collection.screen, collection.target.astype(np.float64)
    hits = [screen.meet(o, Gaze(*g)) for o, g in zip(collection.origin, gaze.tolist(), strict=True)]
    points = np.array([(np.nan, np.nan) if hit is None else hit for hit in hits])
    off = points - target
    per_px = np.array([screen.width_mm / screen.width_px, screen.height_mm / screen.height_px])
    return ScreenErrors(
        gaze,
        points,
        angular_error(gaze, true_gaze(collection)),
        np.linalg.norm(off, axis=1) / 10,
        np.linalg.norm(off / per_px, axis=1),
    )


def _unmirrored(predictions: np.ndarray) -> np.ndarray:
    """[2 N, 2] of canonical crops -> [N, 2 eyes, 2] of unmirrored ones."""
    pairs: np.ndarray = np.asarray(predictions, dtype=np.float64).reshape(-1, 2, 2)
    return pairs * np.where(np.array(MIRRORED)[:, None], _FLIP, 1.0)


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
