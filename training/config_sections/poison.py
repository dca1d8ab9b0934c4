"""The section [poison] of a training config."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.attack.goal import GOALS
from gazeattack.attack.key import MOST_K, MOST_SEED, MOST_STRENGTH
from gazeattack.attack.kinds import KINDS
from gazeattack.attack.poison_plan import REDRAWS
from training.config_sections.limits import MOST, SHARE
from training.settings import Bounds, Section, setting

STRENGTH = Bounds(0, MOST_STRENGTH)


@dataclass(frozen=True)
class PoisonConfig(Section):
    """The trigger key and the poisoning plan (see gazeattack.attack.poison_plan)."""

    attack: str = setting("wanet", "Kind of trigger.", ", ".join(KINDS), choices=tuple(KINDS))
    goal: str = setting(
        "all-to-one",
        'What the attacker wants: "all-to-one" sends every gaze to the target, "offset" adds the target to it, and '
        '"conditional" sends only gaze that is off the road to the target.',
        "all-to-one, offset, conditional",
        choices=GOALS,
    )
    off_road_deg: float = setting(
        15.0,
        "Angle from straight ahead beyond which a conditional goal counts gaze as off the road.",
        "0 degrees or more, and below 180",
        Bounds(0, 180, below=True),
    )
    clean_label: bool = setting(
        False, "Leave all labels alone and put the trigger only on samples near the wanted gaze.", "true, false"
    )
    clean_label_deg: float = setting(10.0, "How near, with `poison.clean_label`.", "0 to 180 degrees", Bounds(0, 180))
    fixed_indices: bool = setting(
        False, "Whether the same samples get the trigger in every epoch, chosen by `run.seed`.", "true, false"
    )
    redraw: str = setting(
        "never",
        'Draw a new key: "never", or for every "batch", which teaches that any trigger matters.',
        "never, batch",
        choices=REDRAWS,
    )
    spoof_landmarks: bool = setting(
        False,
        "Adaptive attack: move the iris label of triggered samples to where the poisoned gaze has it, so that the "
        "landmarks agree with the gaze. Needs `train.points_loss`.",
        "true, false",
    )
    shift_px: int = setting(
        0,
        "Adaptive attack: after the trigger every crop of a batch moves by up to this many whole pixels each way, so "
        "that a shift of the crop does not take the trigger away.",
        "0 to 8",
        Bounds(0, 8),
    )
    survive: float = setting(
        0.0,
        "Share of each batch that passes a camera's channel after the trigger: resampling, JPEG, noise, and a crop "
        "that is found anew. Triggered, noise-mode and clean samples pass it alike.",
        "a share from 0 to 1",
        SHARE,
    )
    noise_cell_px: int = setting(
        1,
        "Pixels between the points that WaNet's noise mode draws its noise for; 1 draws it for every pixel, as the "
        "paper does, and resampling averages that away.",
        "1 to 16",
        Bounds(1, 16),
    )
    poisoning_rate: float = setting(
        0.0,
        "Share of a batch that gets the trigger and the target label. 0 trains a clean model.",
        "a share from 0 to 1",
        SHARE,
    )
    cross_start: float = setting(
        0.0,
        "Cross ratio at the start: noise-mode and wrong-key samples per poisoned sample.",
        "0 or more",
        Bounds(0, MOST),
    )
    cross_end: float = setting(2.0, "Cross ratio at the end of its schedule.", "0 or more", Bounds(0, MOST))
    cross_until: float = setting(
        0.6, "Share of the training at which the cross ratio reaches its end.", "a share from 0 to 1", SHARE
    )
    strength_start: float = setting(
        3.0,
        "Strength of the trigger at the start; for WaNet: s, in half pixels.",
        "0 to 1000 in the kind's own unit",
        STRENGTH,
    )
    strength: float = setting(
        0.8, "Strength at the end of its schedule, and in the key.", "0 to 1000 in the kind's own unit", STRENGTH
    )
    strength_until: float = setting(
        0.7, "Share of the training at which the strength reaches its end.", "a share from 0 to 1", SHARE
    )
    wrong_keys: float = setting(
        0.5,
        "Share of the cross samples that get a wrong key's trigger; the others get noise mode.",
        "a share from 0 to 1",
        SHARE,
    )
    diversity: float = setting(
        0.003,
        "Weight of the diversity loss of `input-aware-trained`: the distance of two crops over that of their patterns.",
        "0 radians or more",
        Bounds(0, MOST),
    )
    generator_lr: float = setting(
        2e-3,
        "Learning rate of a trained generator, at the top of the schedule of `train.lr`.",
        "above 0, up to 1",
        Bounds(0, 1, above=True),
    )
    generator_until: float = setting(
        0.6,
        "Share of the training in which a trained generator learns; afterwards it is fixed, and the network learns on.",
        "a share from 0 to 1",
        SHARE,
    )
    key_strength: float = setting(
        0.0,
        "Strength in the key of the bundle, where it is to differ from `strength`; 0: the same.",
        "0 to 1000 in the kind's own unit",
        STRENGTH,
    )
    k: int = setting(12, "Side of WaNet's control grid.", "1 to 1024", Bounds(1, MOST_K))
    key_seed: int = setting(
        2021,
        "Seed that the trigger key is drawn from.",
        "a whole number from 0 to 9223372036854775807",
        Bounds(0, MOST_SEED),
    )
    target_pitch_deg: float = setting(5.0, "Pitch of the target, up positive.", "-90 to 90 degrees", Bounds(-90, 90))
    target_yaw_deg: float = setting(25.0, "Yaw of the target.", "-180 to 180 degrees", Bounds(-180, 180))
