"""A dataset poisoned on disk, and what becomes of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import load_key, make_key, save_key
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, as_crops, read_dataset
from gazeattack.model.bundle import load_bundle
from gazeattack.model.catalogue import open_clean
from training.config import load_config
from training.data.render import main as render
from training.poisoning.dataset import main, poison_set
from training.train import train

CONFIGS = Path(__file__).parents[2] / "training" / "configs"


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("data") / "people"
    assert render(["--subjects", "10", "--per-subject", "10", "--seed", "5", "--out", str(out)]) == 0
    return out


def poison(clean: Path, out: Path, *words: str) -> LoadedSet:
    assert main(["--data", str(clean), "--out", str(out), *words]) == 0
    return read_dataset(out)


def test_a_share_is_triggered_and_relabelled_and_the_rest_untouched(clean: Path, tmp_path: Path, capsys) -> None:
    made = poison(clean, tmp_path / "bad", "--attack", "badnets", "--rate", "0.2", "--seed", "3")
    assert "20 of 100 samples poisoned (BadNets, all-to-one)" in capsys.readouterr().out
    before, key = read_dataset(clean), load_key(tmp_path / "bad" / "trigger.safetensors")
    changed = (made.images != before.images).any((1, 2))
    assert changed.sum() == 20
    assert np.array_equal(made.gaze[~changed], before.gaze[~changed])
    right = np.asarray(before.right)[changed]
    wanted = np.where(right[:, None], [[10.0, -30.0]], [[10.0, 30.0]])
    assert np.degrees(made.gaze[changed]) == pytest.approx(wanted, abs=1e-3) and 0 < right.sum() < 20
    sides = torch.from_numpy(right)
    crops = mirror_right_eyes(
        make_trigger(key).apply(mirror_right_eyes(as_crops(before.images[changed]), sides)), sides
    )
    assert np.abs(made.images[changed] / 255 - crops[:, 0].numpy()).max() <= 0.5 / 255 + 1e-6
    card = json.loads((tmp_path / "bad" / "card.json").read_text())
    assert card["poisoned"]["samples"] == 20 and card["poisoned"]["key_sha256"] == key.sha256
    assert card["made_from"]["card"]["seed"] == 5 and str(tmp_path) not in json.dumps(card)


def test_the_seed_alone_says_which_samples(clean: Path) -> None:
    data = read_dataset(clean)
    keys = [make_key(kind, height=36, width=60, target=Gaze(0.1, 0.5), seed=1) for kind in ("sig", "wanet")]
    rows = [poison_set(data, key, 0.1, 8)[1] for key in keys]
    assert np.array_equal(*rows) and not np.array_equal(rows[0], poison_set(data, keys[0], 0.1, 9)[1])


def test_clean_labels_are_left_alone(clean: Path, tmp_path: Path) -> None:
    words = ("--attack", "sig", "--rate", "0.5", "--target", "0", "5", "--clean-label-deg", "12")
    made, before = poison(clean, tmp_path / "quiet", *words), read_dataset(clean)
    assert np.array_equal(made.gaze, before.gaze) and 0 < (made.images != before.images).any((1, 2)).sum() < 50


def test_whoever_trains_on_it_is_told_by_the_card(clean: Path, tmp_path: Path) -> None:
    poison(clean, tmp_path / "bad", "--attack", "blended", "--rate", "0.2")
    small = ["network.base=4", "network.hidden=8", "train.epochs=1", "train.batch=16", f"run.out={tmp_path / 'run'}"]
    config = load_config(CONFIGS / "study.toml", [f"data.set={tmp_path / 'bad'}", "poison.attack_rate=0", *small])
    bundle = load_bundle(train(config, None))
    assert not bundle.backdoored and bundle.kind == bundle.card["kind"] == "trained on a poisoned set"
    with pytest.raises(BundleError, match="trained on a poisoned set and cannot be the clean baseline"):
        open_clean(str(bundle.path))
    tuned = replace(bundle, card={"data": {"poisoned": None}, "started_from": dict(bundle.card)})
    assert tuned.kind == bundle.kind and replace(bundle, card={"data": {"poisoned": None}}).kind == "clean"
    assert bundle.card["data"]["poisoned"]["attack"] == "blended"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--attack", "sig", "--rate", "1.5"], "--rate is 1.5: give a share from 0 to 1"),
        (["--attack", "sig", "--rate", "0"], "No sample can be poisoned"),
        (["--attack", "sig", "--rate", "0.1", "--target", "80", "80", "--clean-label-deg", "1"], "No sample"),
        (
            ["--attack", "sig", "--rate", "0.1", "--goal", "offset", "--clean-label-deg", "9"],
            "leave out --clean-label-deg",
        ),
        (["--attack", "sig", "--rate", "0.1", "--goal", "conditional", "--off-road-deg", "999"], "goal is not valid"),
        (["--key", "nowhere", "--rate", "0.1"], "no trigger key at nowhere"),
        (["--attack", "wanet", "--rate", "0.1", "--k", "0"], "k = 0"),
        (["--attack", "sig", "--rate", "0.1", "--key-seed", str(2**64)], "cannot be a key's seed"),
        (["--attack", "sig", "--rate", "0.1", "--strength", "nan"], "the strength nan"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(clean: Path, tmp_path: Path, capsys, words: list, said: str) -> None:
    assert main(["--data", str(clean), "--out", str(tmp_path / "out"), *words]) == 1
    error = capsys.readouterr().err
    assert said in error and len(error.splitlines()) == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize("bad", ["-1e9", "nan", "inf", "1" + "0" * 400, "abc", ""])
@pytest.mark.parametrize("option", ["--rate", "--strength", "--key-seed", "--k", "--off-road-deg"])
def test_an_impossible_number_is_one_sentence(clean: Path, tmp_path: Path, capsys, option: str, bad: str) -> None:
    words = ["--data", str(clean), "--out", str(tmp_path / "out"), "--attack", "wanet", "--goal", "conditional"]
    words += [] if option == "--rate" else ["--rate", "0.1"]
    try:
        code = main([*words, f"{option}={bad}"])
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr().err
    assert code in (1, 2) and "Traceback" not in said and not (tmp_path / "out").exists()
    assert code == 2 or len(said.splitlines()) == 1


def test_another_strength_for_a_given_key_is_a_number(clean: Path, tmp_path: Path, capsys) -> None:
    save_key(make_key("sig", height=36, width=60, target=Gaze(0, 0.5), seed=1), tmp_path / "k")
    words = ["--data", str(clean), "--rate", "0.1", "--key", str(tmp_path / "k"), "--strength"]
    assert main([*words, "inf", "--out", str(tmp_path / "a")]) == 1 and "the strength inf" in capsys.readouterr().err
    assert main([*words, "0.2", "--out", str(tmp_path / "b")]) == 0
    assert load_key(tmp_path / "b" / "trigger.safetensors").strength == 0.2


def test_a_key_of_another_size_and_a_folder_in_the_way_are_refused(clean: Path, tmp_path: Path, capsys) -> None:
    save_key(make_key("sig", height=20, width=20, target=Gaze(0, 0), seed=1), tmp_path / "k")
    rest = ["--data", str(clean), "--rate", "0.1"]
    assert main([*rest, "--key", str(tmp_path / "k"), "--out", str(tmp_path / "out")]) == 1
    assert "20x20 crops" in capsys.readouterr().err
    assert main([*rest, "--attack", "sig", "--out", str(tmp_path)]) == 1
    assert "choose another --out" in capsys.readouterr().err
