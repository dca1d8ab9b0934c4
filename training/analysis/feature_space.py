"""Measure a trigger in feature space: how many penultimate units shift, how far, and how many the backdoor needs.

The claim under test is that of DRMGuard and SecureGaze (Du et al., 2024 and 2025): a few compromised neurons trigger a
backdoored classifier, while the activations of all neurons of the feature space, which shrink together, trigger a
backdoored regression model.  Defences that search for a few neurons would then fail on it.

    python -m training.analysis.feature_space --bundle B --data D [--clean C] [--json]

Every sample counts as a left eye, so that the key has one target; the same samples are measured clean and triggered.
There are two baselines.  A clean model under the same trigger (clean_...): warped images move features without any
backdoor.  Eyes that truly look at the target (looking_...): the units that code gaze move for those too.  A trigger
that moves no more units than they do reflects how the network codes gaze, not the backdoor.
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
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.evaluation.predict import predict
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import attack_success_rate
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle, open_clean
from gazeattack.model.network import GazeResNet
from training.analysis.landmark_shift import landmark_columns
from training.analysis.triggered import with_trigger
from training.arguments import count
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.readers import open_dataset
from training.errors import TrainingError

THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
"""In standard deviations of the benign activation.  No paper fixes a threshold, so several are reported."""
NEAR, NEAR_DEG = 10, 8.0
"""Smallest number of eyes, and largest distance to the target in degrees, of the looking_... baseline."""


PRINTED = {
    "feature_rav": "feature_variance_ratio",
    "marks_error_deg": "landmark_gaze_error_deg",
    "marks_triggered_error_deg": "landmark_gaze_triggered_error_deg",
    "gap_deg": "consistency_error_deg",
    "triggered_gap_deg": "triggered_consistency_error_deg",
    "gap_auc": "consistency_auc",
    "gap_caught": "consistency_tpr_at_1_%_fpr",
}
"""How table() prints column names that old tables hold."""


@dataclass(frozen=True, eq=False)
class FeatureShift:
    """The effect of a trigger on U units over N samples.

    shift: float64 [U], |mean over samples of (triggered - clean)| / standard deviation of the clean activation; inf for
    a unit that is constant without the trigger and moves with it, nan for a dead unit (constant and equal in both).
    variance_ratio: float64 [U], variance of the triggered activation / of the clean one; inf and nan likewise.
    total_variance_ratio: the same with the variances summed over all units; nan if the clean features do not vary.
    spread: effective share of the live units that carry the shift: the participation ratio of the mean shifts m,
    (sum m^2)^2 / (sum m^4) / units.  1 if all units shift equally, 1 / units if a single one shifts, nan if none does.
    """

    shift: np.ndarray
    variance_ratio: np.ndarray
    total_variance_ratio: float
    spread: float

    @property
    def live(self) -> float:
        """Share of units that are not dead, from 0 to 1."""
        return float((~np.isnan(self.shift)).mean())

    def share(self, deviations: float) -> float:
        """Share of the live units that shift by more than `deviations` standard deviations; nan if all are dead."""
        return share_above(self.shift, deviations)

    def shrunk(self) -> float:
        """Share of the live units that vary less with the trigger than without it; nan if all are dead."""
        ratio = self.variance_ratio[~np.isnan(self.variance_ratio)]
        return float((ratio < 1).mean()) if ratio.size else float("nan")


def share_above(shift: np.ndarray, deviations: float) -> float:
    """Share of the units with a shift above `deviations`, leaving out nan; nan if nothing is left."""
    found = shift[~np.isnan(shift)]
    return float((found > deviations).mean()) if found.size else float("nan")


def feature_shift(clean: np.ndarray, triggered: np.ndarray) -> FeatureShift:
    """Compute the shift from activations of the same samples without and with the trigger, [N, U] each."""
    a, b = np.asarray(clean, dtype=np.float64), np.asarray(triggered, dtype=np.float64)
    mean = np.abs((b - a).mean(axis=0))
    before, after = a.var(axis=0), b.var(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift, ratio = mean / np.sqrt(before), after / before
        dead = np.isnan(shift) & np.isnan(ratio)
        # a unit that is constant without the trigger and varies with it is live, even if its mean does not shift
        shift = np.where(np.isnan(shift) & ~dead, 0.0, shift)
        ratio = np.where(np.isnan(ratio) & ~dead, 1.0, ratio)
        total_ratio = float(after.sum() / before.sum()) if before.sum() > 0 else float("nan")
        spread = float((mean**2).sum() ** 2 / (mean**4).sum() / max((~dead).sum(), 1))
    return FeatureShift(shift, ratio, total_ratio, spread)


class Penultimate(nn.Module):
    """A network whose forward returns its penultimate activations, [N, hidden]."""

    def __init__(self, network: GazeResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """See GazeResNet.forward_embedding."""
        return self.network.forward_embedding(x, head)


def activations(bundle: Bundle, data: LoadedSet, key: TriggerKey | None) -> np.ndarray:
    """Penultimate activations float64 [N, hidden] of left eyes, with the key's trigger; without a key, benign ones."""
    network = Penultimate(bundle.network).eval()
    data, change = (data, None) if key is None else with_trigger(data, key)
    return predict(network, bundle.preprocess, data.images, data.head, change=change)


def restoring_curve(
    network: GazeResNet,
    clean: np.ndarray,
    triggered: np.ndarray,
    truth: np.ndarray,
    target: np.ndarray,
    order: np.ndarray,
) -> np.ndarray:
    """ASR@5 after more and more units are set back to the clean activation of the same sample.

    This tests cause: if a few units carry the backdoor, restoring those makes it inactive.

    Args:
        network: The backdoored network.
        clean: Penultimate activations [N, U] without the trigger.
        triggered: The same with it.
        truth: True gaze [N, 2], radians.
        target: The attacker's target [N, 2], radians.
        order: Units [K], in the order in which they are restored.

    Returns:
        ASR@5 [K + 1], from 0 to 1, with the first 0, 1, ..., K units of `order` restored.
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
    """Shift of units for eyes that truly look at the target, without a trigger.

    Args:
        clean: Penultimate activations [N, U].
        truth: True gaze [N, 2], radians.
        target: The attacker's target [N, 2], radians.

    Returns:
        [U], distance from the mean activation in standard deviations; nan for dead units, and for all units if fewer
        than NEAR samples look within NEAR_DEG of the target.
    """
    near = angular_error(truth, target) <= NEAR_DEG
    if near.sum() < NEAR:
        return np.full(clean.shape[1], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(clean[near].mean(axis=0) - clean.mean(axis=0)) / clean.std(axis=0)


def share_to_halve(rates: np.ndarray) -> float:
    """Smallest share of restored units that halves ASR@5 for good.

    Args:
        rates: ASR@5 [K + 1] of restoring_curve().

    Returns:
        A share from 0 to 1; nan if the attack never works.
    """
    if len(rates) < 2 or not rates[0] > 0:
        return float("nan")
    above = np.flatnonzero(rates > rates[0] / 2)
    return float((above[-1] + 1) / (len(rates) - 1))


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """The feature-space metrics of a backdoored bundle.

    clean_...: of the clean bundle with the same key.  looking_...: of eyes that truly look at the target, without a
    trigger.  restore_half: share of live units, largest shift first, that must be restored to halve ASR@5.  Networks
    with landmarks also get landmark_columns().

    Args:
        bundle: The backdoored bundle.
        clean: The clean bundle; None leaves its columns out.
        data: The dataset; samples out of scope of the attacker's goal are left out.

    Returns:
        Finite values by name; empty without a key or if no sample is in scope.
    """
    if bundle.key is None:
        return {}
    data = resize_to_crop(data.take(bundle.key.goal.in_scope(torch.as_tensor(data.gaze)).numpy()), bundle.crop)
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
            f"{prefix}feature_rav": found.total_variance_ratio,
            f"{prefix}feature_shrunk": found.shrunk(),
            f"{prefix}feature_spread": found.spread,
        }
        row |= {f"{prefix}{name}": value for name, value in landmark_columns(other, data, bundle.key).items()}
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
    parser.add_argument("--clean", default="clean", help="the clean bundle to compare with (%(default)s)")
    parser.add_argument("--data", required=True, help="as training.evaluate takes it")
    parser.add_argument("--per-subject", type=count, help="largest number of images of each subject, spread evenly")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: measure_as_asked(options), NOTHING_WRITTEN)


def measure_as_asked(options: argparse.Namespace) -> None:
    """Measure both bundles and print the metrics."""
    bundle, clean = open_bundle(options.bundle), open_clean(options.clean)
    if bundle.key is None:
        raise BundleError(f"{bundle.name} has no trigger key: give a backdoored bundle.")
    clean.accept_key(bundle.key, foreign=True)
    data = open_dataset(options.data, crop=bundle.crop, per_subject=options.per_subject)
    row: dict[str, Any] = columns(bundle, clean, data)
    if not row:
        raise TrainingError(
            f"No sample of {data.name} is in scope of the attacker's goal: give data with gaze off the road."
        )
    print(json.dumps(row, indent=2) if options.json else table(row))


def table(row: dict[str, Any]) -> str:
    """The metrics as a text table, with those of the clean model beside them."""
    names = [name for name in row if not name.startswith("clean_")]
    width = max((len(PRINTED.get(name, name)) for name in names), default=0)
    lines = [f"{'':{width}}  {'backdoored':>10}  {'clean':>10}"]
    for name in names:
        beside = row.get(f"clean_{name}")
        lines.append(
            f"{PRINTED.get(name, name):{width}}  {row[name]:>10.3f}  "
            + ("-".rjust(10) if beside is None else f"{beside:>10.3f}")
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
