"""The feature space of a study's models as a table: the backdoored model under the trigger beside its baselines."""

from __future__ import annotations

from collections.abc import Sequence

from training.studies.tables import Column, Summary

LIVE = Column("feature_live", "live units (%)", 100, 1)
FEATURE_COLUMNS = (
    Column("feature_share_0.5", "units shifted > 0.5 sd (%)", 100, 1),
    Column("feature_share_1", "> 1 sd (%)", 100, 1),
    Column("feature_share_2", "> 2 sd (%)", 100, 1),
    Column("feature_spread", "effective share of units that shift (%)", 100, 1),
    Column("feature_shrunk", "units that vary less (%)", 100, 1),
    Column("feature_rav", "feature variance ratio", digits=3),
    Column("restore_half", "live units to restore to halve ASR@5 (%)", 100, 1),
    LIVE,
)
RATIO_COLUMNS = (
    Column("angle_pitch_ratio", "angle variance ratio, pitch", digits=3),
    Column("angle_yaw_ratio", "yaw", digits=3),
    Column("norm_ratio", "norm variance ratio"),
)
"""DRMGuard's ratios (training.inspection.features): of a regression head alone."""
MODELS = {"backdoored": "", "clean": "clean_", "backdoored, no trigger, looking at the target": "looking_"}
"""Name of each model in the tables, and the prefix of its fields in a row."""


def by_model(summaries: Sequence[Summary], columns: Sequence[Column] = FEATURE_COLUMNS) -> list[Summary]:
    """Split each summary into one row a model: the backdoored one under the trigger and its baselines."""
    rows = []
    for summary in summaries:
        for model, prefix in MODELS.items():
            mean, sd = (
                {column.field: values[prefix + column.field] for column in columns if prefix + column.field in values}
                for values in (summary.mean, summary.sd)
            )
            rows.append(Summary({**summary.labels, "model": model}, summary.n, mean, sd))
    return rows
