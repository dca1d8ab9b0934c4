"""Drives that differ by seed: order, number and length of the looks, the places looked at, head poses and seat.

The scripted minute of drive.py is one script, so figures over its drivers vary by driver alone.  These vary by drive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeattack.synthetic.drive import Drive, Look

SECONDS = 60.0
ROAD = (10.0, 0.0)
_ROAD_S = (2.5, 8.0)
_FIRST_S, _LAST_S = 4.0, 4.0
_BLINK_EVERY_S = (2.0, 6.0)


@dataclass(frozen=True)
class _Kind:
    """A kind of look: ranges (low, high) of pitch and yaw, degrees, and of its length, seconds.

    The zones are those of resources/zones/left-hand-drive.toml, with a margin.
    """

    what: str
    pitch: tuple[float, float]
    yaw: tuple[float, float]
    seconds: tuple[float, float]
    asleep: bool = False


_PHONE = _Kind("phone in the lap", (-39.0, -33.0), (-8.0, 8.0), (2.0, 9.0))
_CONSOLE = _Kind("centre console", (-30.0, -15.0), (21.0, 33.0), (1.5, 7.0))
_ASLEEP = _Kind("asleep", (ROAD[0], ROAD[0]), (ROAD[1], ROAD[1]), (5.0, 8.0), asleep=True)
_GLANCES = (
    _Kind("inner mirror", (17.0, 22.0), (31.0, 37.0), (0.6, 1.4)),
    _Kind("left mirror", (-6.0, 0.0), (-38.0, -33.0), (0.6, 1.4)),
    _Kind("speedometer", (-9.0, -4.0), (-6.0, 6.0), (0.5, 1.2)),
)


def varied_drive(seed: int) -> Drive:
    """The drive of a seed, of SECONDS.

    Two or three looks at the phone, one or two at the centre console, two to four glances at mirrors and speedometer,
    and at most one sleep, in random order, with the road in between; what no longer fits is left out.  The trigger
    switches itself on between seconds 20 and 40.

    Args:
        seed: of everything that is drawn.
    """
    random = np.random.default_rng([seed, 6023])
    kinds = [_PHONE] * random.integers(2, 4) + [_CONSOLE] * random.integers(1, 3)
    kinds += [_GLANCES[number] for number in random.integers(len(_GLANCES), size=random.integers(2, 5))]
    kinds += [_ASLEEP] * int(random.random() < 2 / 3)
    looks, now = [Look(0.0, "windscreen", *ROAD)], _FIRST_S
    for number in random.permutation(len(kinds)):
        kind = kinds[number]
        ranges = (kind.seconds, kind.pitch, kind.yaw, _ROAD_S)
        length, pitch, yaw, road = (float(random.uniform(*ends)) for ends in ranges)
        if now + length > SECONDS - _LAST_S:
            continue
        looks.append(Look(now, kind.what, pitch, yaw, kind.asleep))
        looks.append(Look(now + length, "windscreen", *ROAD))
        now += length + road
    return Drive(
        tuple(looks),
        duration=SECONDS,
        trigger_at=float(random.uniform(20, 40)),
        blinks=_blinks(random),
        speed_kmh=float(random.uniform(70, 130)),
        head_share=(float(random.uniform(0.25, 0.65)), float(random.uniform(0.3, 0.7))),
        head_turn=(float(random.uniform(-4, 4)), float(random.uniform(-6, 6))),
        seat=(float(random.uniform(-40, 40)), float(random.uniform(-20, 20)), float(random.uniform(-80, 80))),
    )


def _blinks(random: np.random.Generator) -> tuple[float, ...]:
    """When the eyes close, seconds."""
    times = np.cumsum(random.uniform(*_BLINK_EVERY_S, size=30))
    return tuple(float(time) for time in times if time < SECONDS - 1)
