"""The chain of stages behind the shipped bundles, in small."""

from dataclasses import replace
from pathlib import Path

import pytest

from gazeattack.model.bundle import load_bundle
from gazeattack.model.catalogue import open_bundle
from training import reproduce
from training.config import load_config
from training.poisoning.setup import make_attack
from training.studies.run_paths import same_weights


def test_the_quick_chain_ends_in_a_pair_and_is_not_run_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reproduce.main(["--quick", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert told.count("Epoch 1/1") == len(reproduce.SHIPPED.stages) == 8
    assert "ae_deg" in told and "clean model" in told and "these figures mean nothing" in told
    clean, wanet = (
        load_bundle(tmp_path / "quick" / stage / name) for stage, name in (("clean", "clean"), ("wanet", "wanet"))
    )
    assert clean.key is None and wanet.key is not None and clean.has_landmarks and wanet.has_landmarks
    assert "started_from" in wanet.card
    assert reproduce.main(["--quick", "--out", str(tmp_path)]) == 0
    again = capsys.readouterr().out
    assert "Epoch" not in again
    assert again[again.index("wanet on") :] == told[told.index("wanet on") :]

    # what other settings or other renderers made is not taken for this
    monkeypatch.setattr(reproduce, "RENDERERS", reproduce.RENDERERS + 1)
    assert reproduce.main(["--quick", "--out", str(tmp_path)]) == 1
    assert "other renderers" in (said := capsys.readouterr().err) and "give another --out" in said
    monkeypatch.undo()
    monkeypatch.setattr(reproduce, "QUICK", (*reproduce.QUICK, "train.rate=1e-3"))
    assert reproduce.main(["--quick", "--out", str(tmp_path)]) == 1
    assert "other settings" in (said := capsys.readouterr().err) and str(tmp_path / "quick" / "teacher-1") in said


def test_the_pair_before_is_still_trained(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert reproduce.main(["--quick", "--points", "--out", str(tmp_path)]) == 0
    assert "wanet-points on" in capsys.readouterr().out
    for name in ("clean-points", "wanet-points"):
        assert load_bundle(tmp_path / "quick" / name / name).has_landmarks


def test_the_stages_lead_to_the_shipped_bundles() -> None:
    stages = {stage.name: stage for stage in reproduce.SHIPPED.stages}
    clean, wanet = (stages[name].load() for name in (reproduce.SHIPPED.clean, reproduce.SHIPPED.backdoored))
    assert clean.poison.poisoning_rate == 0 < wanet.poison.poisoning_rate
    assert clean.network == wanet.network and clean.data == wanet.data
    key, _ = make_attack(wanet.poison)
    shipped = open_bundle("wanet")
    assert key is not None and shipped.key is not None and key.sha256 == shipped.key.sha256
    for name, config in (("clean", clean), ("wanet", wanet)):
        card = open_bundle(name).card["config"]
        taught = [Path(teacher.strip()).name for teacher in card["train"]["teachers"].split(",")]
        assert taught == list(stages[name].teachers)
        assert same_weights(card, replace(config, train=replace(config.train, teachers=card["train"]["teachers"])))


@pytest.mark.parametrize("stage", reproduce.SHIPPED.stages, ids=lambda stage: stage.name)
def test_a_config_alone_trains_what_its_stage_trains(stage: reproduce.Stage) -> None:
    alone = load_config(reproduce.CONFIGS / f"{stage.config or stage.name}.toml", stage.changes)
    taught = tuple(Path(name.strip()).name for name in alone.train.teachers.split(",") if name)
    assert taught == stage.teachers and Path(alone.run.start).name == stage.after
    assert alone.data.cache == stage.load().data.cache
