"""How many channels of a network are silent, and what pruning the least active ones leaves of its backdoor."""

from __future__ import annotations

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.evaluation.measures import measure_all
from gazeattack.evaluation.predict import predict_branches
from gazeattack.model.bundle import Bundle
from training.data.split import fold_of
from training.defences.methods import ALLOWED_DEG
from training.defences.pruning import channel_activity, prune_within

SILENT = 0.01


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """The columns of a study's row, of a backdoored bundle.

    Half of the subjects are the defender's, who prunes while that costs at most ALLOWED_DEG; the others are scored.
    silent_channels: share of the last stage's channels with a mean absolute activation below SILENT times the largest.
    """
    if bundle.key is None:
        return {}
    folds = fold_of(data.subject, 2, seed=0)
    own, test = (resize_to_crop(data.take(folds == fold), bundle.crop) for fold in (0, 1))
    activity = channel_activity(bundle, own)
    pruned = prune_within(bundle, own, ALLOWED_DEG)
    before, after = (
        measure_all(predict_branches(network, bundle.preprocess, test, bundle.key), test)
        for network in (bundle.network, pruned.network)
    )
    return {
        "silent_channels": round(float(np.mean(activity < SILENT * activity.max())), 4),
        "pruned_share": pruned.share,
        "pruned_cost_deg": round(after["benign_deg"] - before["benign_deg"], 4),
        "pruned_ae_deg": after["ae_deg"],
        "pruned_asr5": after["asr5"],
    }
