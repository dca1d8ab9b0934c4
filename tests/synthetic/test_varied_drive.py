"""Varied drives: each looks where it says, differs from the others, and is the same again for its seed."""

from __future__ import annotations

import numpy as np
import pytest

from gazeattack.errors import SourceError
from gazeattack.safety.zones_file import load_zones
from gazeattack.sources.registry import open_source, parse
from gazeattack.synthetic.drive import DRIVE
from gazeattack.synthetic.varied_drive import varied_drive

SEEDS = range(1, 31)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_look_rests_in_the_zone_it_names(seed: int) -> None:
    zones, drive = load_zones(), varied_drive(seed)
    for look, after in zip(drive.looks, [*drive.looks[1:], None], strict=True):
        end = drive.duration if after is None else after.begin
        if look.asleep:
            assert 5 <= end - look.begin <= 8
            continue
        for t in np.arange(look.begin + 0.25, end, 0.1):
            zone = zones.at(drive(t).gaze)
            assert zone is not None and zone.name == look.what, (look, t)


def test_drives_differ_in_order_length_and_head_pose() -> None:
    drives = [varied_drive(seed) for seed in SEEDS]
    assert drives == [varied_drive(seed) for seed in SEEDS]
    orders = {tuple(look.what for look in drive.looks) for drive in drives}
    assert len(orders) > 20
    assert len({drive.head_share for drive in drives}) == len(drives) == len({drive.seat for drive in drives})
    phones = [look for drive in drives for look in drive.looks if look.what == "phone in the lap"]
    assert len({round(look.begin, 2) for look in phones}) > 30
    assert 0.2 < np.mean([any(look.asleep for look in drive.looks) for drive in drives]) < 0.9
    assert all(look.begin < 56 for drive in drives for look in drive.looks)
    heads = np.array([np.degrees(drive(2.0).head) for drive in drives])
    assert (heads.std(axis=0) > 1.0).all() and (np.abs(heads) < 20).all()


def test_the_scripted_drive_is_unchanged() -> None:
    state = DRIVE(20.0)
    assert np.degrees(state.gaze) == pytest.approx((-36.76, 3.53), abs=0.01)
    assert np.degrees(state.head) == pytest.approx((-12.52, 1.71), abs=0.01)
    assert state.translation == pytest.approx((2.66, -1.44, 1.34), abs=0.01)


def test_a_varied_drive_is_a_source_with_a_rate() -> None:
    with open_source("synthetic:varied:3@5") as source:
        assert source.name == "Varied drive" and source.drive == varied_drive(3)
        assert [source.read().t for _ in range(3)] == pytest.approx([0, 0.2, 0.4])
    assert parse("synthetic:varied").varied and parse("synthetic:varied:3").fps is None
    for wrong in ("synthetic:varied:3@0", "synthetic:varied:3@500"):
        with pytest.raises(SourceError, match="1 to 120"):
            parse(wrong)
    with pytest.raises(SourceError, match="neither"):
        parse("synthetic:varied:x")
