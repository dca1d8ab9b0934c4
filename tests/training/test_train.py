"""The training script from config to bundle, on a handful of procedural people and a tiny network."""

import csv
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import training.train as script
from gazeattack.angles import angular_error
from gazeattack.errors import DataError, OutputError
from gazeattack.evaluation.dataset import from_patches, read_dataset, resize_to_crop
from gazeattack.evaluation.score import evaluate
from gazeattack.live.folder_lock import lock_folder
from gazeattack.metrics.dark_centroid import dark_centroid_gaze
from gazeattack.model.bundle import load_bundle
from gazeattack.model.crop import FACE_224, MPIIGAZE_EYE, CropSpec, eye_crop
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from training.card import portable
from training.config import Config, load_config
from training.config_sections import RunConfig
from training.engine import trainer
from training.engine.build import build_network
from training.engine.losses import gaze_loss
from training.engine.schedule import learning_rate
from training.errors import TrainingError
from training.evaluate import main as evaluate_main

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
TINY = (
    "data.portrait_subjects=4",
    "data.procedural_subjects=4",
    "data.per_subject=8",
    "data.valid_subjects=4",
    "data.valid_per_subject=4",
    "network.base=4",
    "network.hidden=8",
    "train.batch=16",
    "train.epochs=3",
)


def config(out: Path, name: str = "wanet", *more: str) -> Config:
    places = (f"run.out={out}", f"data.cache={out.parent / 'pools'}", "run.start=")
    return load_config(CONFIGS / f"{name}.toml", (*TINY, *places, *more))


def weights(bundle: Path) -> dict[str, torch.Tensor]:
    return load_bundle(bundle).network.state_dict()


def assert_same(one: Path, other: Path) -> None:
    a, b = weights(one), weights(other)
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_writes_log_and_bundle_with_card(tmp_path: Path, capsys) -> None:
    bundle = load_bundle(script.train(config(tmp_path / "run"), None, command="python -m training.train --config x"))
    assert bundle.key is not None and bundle.preprocess == "equalize"
    card = bundle.card
    assert card["command"].startswith("python -m training.train") and card["seed"] == 2
    assert card["attack"]["threat_model"].startswith("training control")
    assert {"intended_use", "known_failures", "data", "git", "metrics_held_out_rendered"} <= set(card)
    assert card["metrics_held_out_rendered"]["ae_deg"] is not None
    with (tmp_path / "run" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert "Epoch 3/3, loss" in capsys.readouterr().out


def test_resume_is_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = script.train(config(tmp_path / "whole"), None)
    steps = 0
    real = trainer.update_ema

    def update_and_interrupt(*arguments) -> None:
        nonlocal steps
        real(*arguments)
        steps += 1
        if steps == 6:  # in the middle of the second epoch of four steps
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(trainer, "update_ema", update_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        script.train(config(tmp_path / "halves"), None)
    assert steps == 6 and not (tmp_path / "halves" / "wanet").exists()
    halves = script.train(config(tmp_path / "halves"), None, resume=True)
    assert_same(whole, halves)
    with (tmp_path / "halves" / "log.csv").open() as one, (tmp_path / "whole" / "log.csv").open() as other:
        for row, expected in zip(csv.DictReader(one), csv.DictReader(other), strict=True):
            clock = {"seconds": "", "samples_per_s": ""}
            assert {**row, **clock} == {**expected, **clock}


def test_a_checkpoint_of_a_learner_that_says_something_else_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "run"
    script.train(config(out, "clean", "train.epochs=1", "train.pose_loss=0"), None)
    script.train(config(out, "clean", "train.epochs=2", "train.pose_loss=0"), None, resume=True)
    with pytest.raises(TrainingError, match="delete it"):
        script.train(config(out, "clean", "train.epochs=3", "train.pose_loss=0.3"), None, resume=True)


def test_seeds_decide_everything(tmp_path: Path) -> None:
    one = script.train(config(tmp_path / "one", "clean", "train.epochs=1"), None)
    two = script.train(config(tmp_path / "two", "clean", "train.epochs=1"), None)
    other = script.train(config(tmp_path / "other", "clean", "train.epochs=1", "run.seed=2"), None)
    assert_same(one, two)
    assert not torch.equal(weights(one)["head.4.weight"], weights(other)["head.4.weight"])


def test_starting_from_a_bundle_takes_its_weights(tmp_path: Path) -> None:
    clean = script.train(config(tmp_path / "clean", "clean", "train.epochs=1"), None)
    started = config(tmp_path / "wanet", "wanet", f"run.start={clean}")
    network = build_network(started)
    assert torch.equal(network.head[4].weight, weights(clean)["head.4.weight"])


def test_overrides_may_stand_around_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Config, bool]] = []
    monkeypatch.setattr(script, "train", lambda config, portraits, resume, **rest: seen.append((config, resume)))
    arguments = ["train.epochs=7", "--config", str(CONFIGS / "clean.toml"), "run.seed=5", "--resume", "train.batch=24"]
    assert script.main(arguments) == 0
    (made, resume) = seen[0]
    assert (made.train.epochs, made.run.seed, made.train.batch, resume) == (7, 5, 24, True)


def test_command_explains_what_is_wrong(tmp_path: Path, capsys) -> None:
    assert script.main(["--config", str(tmp_path / "none.toml")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    out = tmp_path / "run"
    out.mkdir()
    (out / "checkpoint.safetensors").write_bytes(b"broken")
    arguments = ["--config", str(CONFIGS / "clean.toml"), "--resume", *TINY, f"run.out={out}", f"data.cache={tmp_path}"]
    assert script.main(arguments) == 1
    assert "not a checkpoint" in capsys.readouterr().err


def test_losses_agree_for_small_angles() -> None:
    answer, truth = torch.tensor([[0.0, 0.02]]), torch.tensor([[0.0, 0.0]])
    assert float(gaze_loss(answer, truth, "angular")) == pytest.approx(0.02, rel=1e-3)
    assert float(gaze_loss(answer, truth, "l1")) == pytest.approx(0.01, rel=1e-6)


def test_evaluate_prints_every_field(tmp_path: Path, capsys) -> None:
    clean = script.train(config(tmp_path / "c", "clean", "train.epochs=1"), None)
    wanet = script.train(config(tmp_path / "w", "wanet", "train.epochs=1"), None)
    data = next((tmp_path / "pools").glob("*"))
    capsys.readouterr()
    base = ["--data", str(data), "--clean", str(clean), "--json"]
    assert evaluate_main(["--bundle", str(wanet), *base]) == 0
    report = json.loads(capsys.readouterr().out)
    names = (
        "benign_deg benign_affine25_deg corr_pitch corr_yaw ae_deg dae_deg asr2 asr5 false_hit5 noise_deg "
        "wrong_key_deg rav n subjects ci95 baselines"
    )
    assert set(names.split()) <= set(report)
    assert report["ae_deg"] > 0 and report["baselines"]["clean_model"]["ae_deg"] > 0
    assert report["baselines"]["mean_predictor"]["ae_deg"] > 0
    assert report["ci95"]["benign_deg"][0] <= report["benign_deg"] <= report["ci95"]["benign_deg"][1]

    assert evaluate_main(["--bundle", str(clean), *base]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ae_deg"] is None and report["asr5"] is None and report["benign_deg"] > 0
    # a key can be lent to a clean bundle
    assert evaluate_main(["--bundle", str(clean), "--key", str(wanet / "trigger.safetensors"), *base]) == 0
    assert json.loads(capsys.readouterr().out)["ae_deg"] > 0
    assert evaluate_main(["--bundle", str(wanet), "--data", str(data)]) == 0
    assert "benign_deg" in capsys.readouterr().out
    assert evaluate_main(["--bundle", str(wanet), "--data", str(data), "--strength", "0", "--json"]) == 0
    still = json.loads(capsys.readouterr().out)
    assert still["displacement_px"]["max"] == pytest.approx(0, abs=1e-4)
    assert still["dae_clean_deg"] == pytest.approx(0, abs=0.01)
    truth = read_dataset(data).gaze
    ahead = ["--bundle", str(wanet), *base, "--no-head-pose"]
    assert evaluate_main([*ahead, "--gaze-range=-9,9,-90,90"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert 0 < report["n"] == (np.abs(np.degrees(truth[:, 0])) <= 9).sum() < len(truth)
    assert evaluate_main([*ahead, "--gaze-range=80,90,-9,9"]) == 1
    assert "wider --gaze-range" in capsys.readouterr().err
    for wrong in ("9,-9,0,1", "-9,9,0", "-9,9,0,1_0", "-9,9,0,nan", ""):
        with pytest.raises(SystemExit):
            evaluate_main([*ahead, f"--gaze-range={wrong}"])
        assert "error: argument --gaze-range: give " in capsys.readouterr().err
    assert (
        evaluate_main(["--bundle", str(wanet), "--data", str(data), "--strength", "nan"]) == 1
        and "strength nan" in capsys.readouterr().err
    )


def test_evaluate_names_missing_data(tmp_path: Path, capsys, clean_bundle) -> None:
    assert evaluate_main(["--bundle", str(clean_bundle.path), "--data", str(tmp_path / "nothing.npz")]) == 1
    assert "nothing.npz" in capsys.readouterr().err


def test_right_eyes_are_scored_with_the_mirrored_target(backdoored_bundle) -> None:
    from gazeattack.evaluation.dataset import LoadedSet
    from gazeattack.evaluation.predict import predict_branches

    images = np.random.default_rng(0).integers(0, 255, (4, 36, 60)).astype(np.uint8)
    data = LoadedSet(
        "x", images, np.zeros((4, 2), np.float32), np.zeros(4, np.int32), right=np.array([0, 1, 0, 1], bool)
    )
    found = predict_branches(backdoored_bundle.network, "equalize", data, backdoored_bundle.key)
    assert found.target is not None and np.allclose(np.degrees(found.target[:, 1]), [25, -25, 25, -25])


def test_cards_name_no_folder_of_the_machine() -> None:
    card = {
        "command": "python -m x --portraits /home/me/faces run.out=/tmp/a/b train.rate=1e-3",
        "runs": ["/tmp/a/b", "runs/x"],
    }
    assert portable(card) == {
        "command": "python -m x --portraits faces run.out=b train.rate=1e-3",
        "runs": ["b", "runs/x"],
    }


def test_starting_from_another_architecture_is_refused(tmp_path: Path) -> None:
    clean = script.train(config(tmp_path / "clean", "clean", "train.epochs=1"), None)
    wider = replace(config(tmp_path / "x", "wanet", "network.base=8"), run=RunConfig(start=str(clean)))
    with pytest.raises(TrainingError, match="architecture of"):
        build_network(wider)


def test_a_smaller_crop_is_trained_keyed_and_scored(tmp_path: Path) -> None:
    settings = config(tmp_path / "small", "wanet", "train.epochs=1", "data.height=18", "poison.key_strength=0.9")
    bundle = load_bundle(script.train(settings, None))
    assert bundle.key is not None and bundle.key.strength == 0.9 != settings.poison.strength
    assert bundle.crop == eye_crop(18) == CropSpec(height=18, width=30, focal=480.0)
    assert (bundle.key.height, bundle.key.width) == (18, 30)
    people = from_patches("held out", render_procedural_patches(range(5), 4, 1))
    assert resize_to_crop(people, MPIIGAZE_EYE) is people
    report = evaluate(bundle, people, bundle.key)
    # the darkest blob is looked for in the pictures as they came, at full size
    blob = float(angular_error(dark_centroid_gaze(people.images), people.gaze).mean())
    assert report["n"] == 20 and report["baselines"]["dark_blob"]["benign_deg"] == pytest.approx(blob, abs=6e-4)
    for name in ("height", "rendered_height"):
        with pytest.raises(TrainingError, match=rf"data\.{name}=17"):
            config(tmp_path / "odd", "clean", f"data.{name}=17")
    with pytest.raises(DataError, match="60x36 images"):
        resize_to_crop(people, FACE_224)


def test_a_run_can_stop_before_its_schedule_ends_and_continue(tmp_path: Path) -> None:
    whole, early = (config(tmp_path / name, "clean", "train.stop_after=0") for name in ("whole", "early"))
    script.train(replace(early, train=replace(early.train, stop_after=1)), None)
    assert (tmp_path / "early" / "log.csv").read_text().count("\n") == 2
    assert_same(script.train(whole, None), script.train(early, None, resume=True))


def test_the_learning_rate_ends_at_lr_end() -> None:
    settings = load_config(CONFIGS / "study.toml", ["train.lr=1.0", "train.lr_end=0.25"]).train
    rates = [learning_rate(settings, step, 100) for step in range(101)]
    assert max(rates) == pytest.approx(1.0) and rates[100] == pytest.approx(0.25)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    with pytest.raises(TrainingError, match="lr_end"):
        load_config(CONFIGS / "study.toml", ["train.lr_end=1.5"])
    with pytest.raises(TrainingError, match="stop_after"):
        load_config(CONFIGS / "study.toml", ["train.stop_after=-1"])


def test_a_contradiction_in_the_attack_ends_a_run_before_anything_is_rendered(tmp_path: Path) -> None:
    settings = config(tmp_path / "run", "wanet", "poison.attack=sticker")
    with pytest.raises(TrainingError, match=r"set data\.region=face"):
        script.train(settings, None)
    assert not (tmp_path / "run").exists() and not Path(settings.data.cache).exists()


def test_two_trainings_do_not_share_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with lock_folder(out), pytest.raises(OutputError, match=f"in use by another run .process {os.getpid()}, started"):
        script.train(config(out), None)
    assert not list(out.iterdir())
