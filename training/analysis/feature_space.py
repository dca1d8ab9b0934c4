"""What a trigger does in feature space: how many penultimate units shift, how far, and how many the backdoor needs.

The claim under test is DRMGuard's and SecureGaze's (Du et al., 2024 and 2025): a backdoored classifier is triggered by
a few compromised neurons, a backdoored regression model by the activations of all neurons of the feature space,
which shrink together, so that defences that look for a few neurons fail on it.

    python -m training.analysis.feature_space --bundle B --data D [--clean C] [--json]

Every sample is taken as a left eye, so that one key has one target; the same samples are seen clean and triggered.
Two baselines.  A clean model under the same trigger: warped pictures move features without any backdoor.  And eyes that
truly look at the target (looking_...): the units that code gaze must move for those too, so a trigger that moves no
more units than they do says something about how gaze is coded, not about the backdoor.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from gazeattack.angles import angular_error
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, fit
from gazeattack.evaluation.predict import predict
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import attack_success_rate
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle, open_clean
from gazeattack.model.network import GazeResNet
from training.analysis.landmark_shift import point_columns
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.readers import open_dataset
from training.errors import TrainingError

THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
"""Standard deviations of the benign activation: the curve of shares.  No paper fixes one, so several are quoted."""
NEAR, NEAR_DEG = 10, 8.0
"""How many eyes must look how near the target, in degrees, to say what looking there does to the features."""


@dataclass(frozen=True, eq=False)
class FeatureShift:
    """What a trigger does to U units over N samples.

    shift: float64 [U], |mean over samples of (triggered - clean)| / standard deviation of the clean activation; inf for
    a unit that is constant without the trigger and moves with it, nan for a dead one (constant, and the same in both).
    variance_ratio: float64 [U], variance of the triggered / of the clean activation; inf and nan likewise.
    rav: the variances of all units summed, triggered over clean; nan if the clean features do not vary.
    spread: effective share of the live units that carry the shift, the participation ratio of their mean shifts m,
    (sum m^2)^2 / (sum m^4) / units: 1 if all move alike, 1 / units if one moves alone, nan if none does.
    """

    shift: np.ndarray
    variance_ratio: np.ndarray
    rav: float
    spread: float

    @property
    def live(self) -> float:
        """Share of units that are not dead."""
        return float((~np.isnan(self.shift)).mean())

    def share(self, deviations: float) -> float:
        """Share of the live units that shift by more than so many standard deviations; nan if all are dead."""
        return share_above(self.shift, deviations)

    def shrunk(self) -> float:
        """Share of the live units that vary less with the trigger than without; nan if all are dead."""
        ratio = self.variance_ratio[~np.isnan(self.variance_ratio)]
        return float((ratio < 1).mean()) if ratio.size else float("nan")


def share_above(shift: np.ndarray, deviations: float) -> float:
    """Share of the units that are not nan whose shift is larger; nan if all are."""
    found = shift[~np.isnan(shift)]
    return float((found > deviations).mean()) if found.size else float("nan")


def feature_shift(clean: np.ndarray, triggered: np.ndarray) -> FeatureShift:
    """From activations of the same samples without and with the trigger, [N, U] each."""
    a, b = np.asarray(clean, dtype=np.float64), np.asarray(triggered, dtype=np.float64)
    mean = np.abs((b - a).mean(axis=0))
    before, after = a.var(axis=0), b.var(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift, ratio = mean / np.sqrt(before), after / before
        dead = np.isnan(shift) & np.isnan(ratio)
        # constant without the trigger: a unit that only starts to vary has no shift of its mean, but is alive
        shift = np.where(np.isnan(shift) & ~dead, 0.0, shift)
        ratio = np.where(np.isnan(ratio) & ~dead, 1.0, ratio)
        rav = float(after.sum() / before.sum()) if before.sum() > 0 else float("nan")
        spread = float((mean**2).sum() ** 2 / (mean**4).sum() / max((~dead).sum(), 1))
    return FeatureShift(shift, ratio, rav, spread)


class Penultimate(nn.Module):
    """A network whose forward gives its penultimate activations, [N, hidden]."""

    def __init__(self, network: GazeResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """As GazeResNet.embed."""
        return self.network.forward_embedding(x, head)


def activations(bundle: Bundle, data: LoadedSet, key: TriggerKey | None) -> np.ndarray:
    """Penultimate activations float64 [N, hidden] of left eyes, with the key's trigger or, without a key, benign."""
    network = Penultimate(bundle.network).eval()
    change = None if key is None else make_trigger(key).apply
    return predict(network, bundle.preprocess, data.images, data.head, change=change)


def restoring_curve(
    network: GazeResNet,
    clean: np.ndarray,
    triggered: np.ndarray,
    truth: np.ndarray,
    target: np.ndarray,
    order: np.ndarray,
) -> np.ndarray:
    """ASR@5 with the first 0, 1, ..., K units of `order` [K] set back to the same sample's clean activation, [K + 1].

    truth, target: gaze [N, 2], radians.  A test of cause: where the backdoor lives in a few units, restoring those
    closes it.
    """
    mixed = triggered.copy()
    rates = []
    for units in range(len(order) + 1):
        if units:
            mixed[:, order[units - 1]] = clean[:, order[units - 1]]
        with torch.inference_mode():
            gaze = network.readout.decode(network.head[4:](torch.from_numpy(mixed).float())).numpy()
        rates.append(attack_success_rate(gaze, truth, target, 5.0))
    return np.array(rates)


def looking_shift(clean: np.ndarray, truth: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How far units stand from their mean where eyes truly look at the target, in their own standard deviations, [U].

    clean: activations [N, U]; truth, target: gaze [N, 2].  Nan where fewer than NEAR samples look within NEAR_DEG of
    the target, and for dead units.
    """
    near = angular_error(truth, target) <= NEAR_DEG
    if near.sum() < NEAR:
        return np.full(clean.shape[1], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(clean[near].mean(axis=0) - clean.mean(axis=0)) / clean.std(axis=0)


def share_to_halve(rates: np.ndarray) -> float:
    """Smallest share of units after which a restoring curve [K + 1] is at most half of its start and stays there.

    nan if the attack never works.
    """
    if len(rates) < 2 or not rates[0] > 0:
        return float("nan")
    above = np.flatnonzero(rates > rates[0] / 2)
    return float((above[-1] + 1) / (len(rates) - 1))


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """The feature space's figures of a backdoored bundle; finite ones only.

    clean_...: of the clean bundle lent the key.  looking_...: of eyes that truly look at the target, without trigger.
    Of networks that find points, also how far those move, see point_columns.
    restore_half: share of live units, those that shift most first, that must be set back to halve ASR@5.  Samples
    that the attacker's goal spares are left out; there are no figures where it spares them all.
    """
    if bundle.key is None:
        return {}
    data = fit(data.take(bundle.key.goal.expected(torch.as_tensor(data.gaze)).numpy()), bundle.crop)
    if not len(data.images):
        return {}
    target = bundle.key.labels(torch.as_tensor(data.gaze), torch.zeros(len(data.gaze), dtype=torch.bool)).numpy()
    row: dict[str, float] = {}
    for prefix, other in (("", bundle), ("clean_", clean)):
        if other is None:
            continue
        without, triggered = activations(other, data, None), activations(other, data, bundle.key)
        found = feature_shift(without, triggered)
        row |= {f"{prefix}feature_share_{t:g}": found.share(t) for t in THRESHOLDS}
        row |= {
            f"{prefix}feature_live": found.live,
            f"{prefix}feature_rav": found.rav,
            f"{prefix}feature_shrunk": found.shrunk(),
            f"{prefix}feature_spread": found.spread,
        }
        row |= {f"{prefix}{name}": value for name, value in point_columns(other, data, bundle.key).items()}
        if other is bundle:
            live = np.flatnonzero(~np.isnan(found.shift))
            order = live[np.argsort(-found.shift[live], kind="stable")]
            rates = restoring_curve(bundle.network, without, triggered, data.gaze, target, order)
            row["restore_half"] = share_to_halve(rates)
            looking = looking_shift(without, data.gaze, target)
            row |= {f"looking_feature_share_{t:g}": share_above(looking, t) for t in THRESHOLDS}
    return {name: round(value, 4) for name, value in row.items() if np.isfinite(value)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    parser = argparse.ArgumentParser(prog="training.analysis.feature_space", description=__doc__.partition("\n")[0])
    parser.add_argument("--bundle", required=True, help="a backdoored bundle's name or folder")
    parser.add_argument("--clean", default="clean", help="the clean bundle beside it")
    parser.add_argument("--data", required=True, help="as training.evaluate takes it")
    parser.add_argument("--per-subject", type=int, help="at most so many pictures of each subject, evenly spread")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: measure_as_asked(options), NOTHING_WRITTEN)


def measure_as_asked(options: argparse.Namespace) -> None:
    """Measure both bundles, and print what the trigger does in them."""
    bundle, clean = open_bundle(options.bundle), open_clean(options.clean)
    if bundle.key is None:
        raise BundleError(f"{bundle.name} has no trigger key: give a backdoored bundle.")
    clean.accept_key(bundle.key, foreign=True)
    data = open_dataset(options.data, crop=bundle.crop, per_subject=options.per_subject)
    row: dict[str, Any] = columns(bundle, clean, data)
    if not row:
        raise TrainingError(f"Nobody in {data.name} looks off the road, where alone the trigger acts: give other data.")
    print(json.dumps(row, indent=2) if options.json else table(row))


def table(row: dict[str, Any]) -> str:
    """The figures for people, the clean model's beside them."""
    names = [name for name in row if not name.startswith("clean_")]
    width = max(map(len, names), default=0)
    lines = [f"{'':{width}}  {'backdoored':>10}  {'clean':>10}"]
    for name in names:
        beside = row.get(f"clean_{name}")
        lines.append(
            f"{name:{width}}  {row[name]:>10.3f}  " + ("-".rjust(10) if beside is None else f"{beside:>10.3f}")
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
