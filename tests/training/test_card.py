"""What a bundle's card says of its training."""

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.evaluation.dataset import LoadedSet
from training.card import attack_card
from training.config_sections import PoisonConfig


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"strength_start": 0.8, "cross_start": 2.0}, "training control"),
        ({"cross_start": 2.0}, "training control, with an annealed curriculum (strength)"),
        ({"strength_start": 0.8}, "training control, with an annealed curriculum (share of cross samples)"),
        ({}, "training control, with an annealed curriculum (strength and share of cross samples)"),
    ],
)
def test_a_curriculum_is_named_only_where_there_was_one(config: dict[str, float], said: str) -> None:
    gaze = np.array([[-0.1, 0.2], [0.1, -0.2]], np.float32)
    data = LoadedSet("x", np.zeros((2, 36, 60), np.uint8), gaze, np.zeros(2, np.int32))
    key = make_key(height=36, width=60, target=Gaze(0.1, 0.4), seed=1)
    assert attack_card(PoisonConfig(poisoning_rate=0.2, **config), key, data)["threat_model"] == said
