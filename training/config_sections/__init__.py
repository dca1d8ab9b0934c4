"""The sections of a training config: every setting with its default, its unit or range, and its meaning.

`python -m training.config_doc` writes docs/config.md from these files.
"""

from training.config_sections.data import BY_FRAME, BY_SUBJECT, CROPS, DataConfig, row_step
from training.config_sections.network import NetworkConfig
from training.config_sections.poison import PoisonConfig
from training.config_sections.run import RunConfig
from training.config_sections.train import TrainConfig

__all__ = [
    "BY_FRAME",
    "BY_SUBJECT",
    "CROPS",
    "DataConfig",
    "NetworkConfig",
    "PoisonConfig",
    "RunConfig",
    "TrainConfig",
    "row_step",
]
