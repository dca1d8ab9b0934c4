"""The chain of stages behind the shipped bundles, in small."""

from pathlib import Path

import pytest

from gazeattack.model.bundle import load_bundle
from training import reproduce
from training.config import load_config


def test_the_quick_chain_ends_in_a_pair_and_is_not_run_twice(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert reproduce.main(["--quick", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert told.count("Epoch 1/1") == len(reproduce.STAGES)
    assert "ae_deg" in told and "clean_model" in told and "these figures mean nothing" in told
    clean, wanet = (
        load_bundle(tmp_path / "quick" / stage / name)
        for stage, name in (("refine_clean", "clean"), ("last_wanet", "wanet"))
    )
    assert clean.key is None and wanet.key is not None
    assert "started_from" in wanet.card
    assert reproduce.main(["--quick", "--out", str(tmp_path)]) == 0
    again = capsys.readouterr().out
    assert "Epoch" not in again
    assert again[again.index("wanet on") :] == told[told.index("wanet on") :]


def test_the_stages_lead_to_the_shipped_key() -> None:
    last = load_config(reproduce.CONFIGS / f"{reproduce.BACKDOORED}.toml", ()).poison
    stages = [load_config(reproduce.CONFIGS / f"{s.config}.toml", ()).poison for s in reproduce.STAGES]
    poisoned = [poison for poison in stages if poison.attack_rate > 0]
    assert len(poisoned) == 3
    assert all(
        (p.k, p.key_seed, p.target_pitch_deg, p.target_yaw_deg, p.strength)
        == (last.k, last.key_seed, last.target_pitch_deg, last.target_yaw_deg, last.strength)
        for p in poisoned
    )
