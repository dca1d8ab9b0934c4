"""Strips of both eyes in training and evaluation: nobody takes them for one eye."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gazeattack import cli
from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.poison_plan import PoisonPlan, Schedule
from gazeattack.attack.trigger import make_trigger
from gazeattack.model.bundle import load_bundle
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE
from gazeattack.synthetic.patches.paired import render_looks
from tests.helpers.bundles import write_bundle
from training.config import Config, load_config
from training.config_sections import DataConfig
from training.data.pools import RENDERERS, PoolSpec, load_pool
from training.errors import TrainingError
from training.evaluate import main as evaluate_main
from training.poisoning.batch import fixed_rows, poison
from training.studies import two_eyes
from training.studies.held_out import ScoredOn
from training.studies.run_paths import STUDY_CONFIG, StudyRun, run_paths
from training.train import train

TARGET = Gaze.from_degrees(10, 30)
TINY = (
    "data.region=eyes",
    "data.procedural_subjects=4",
    "data.per_subject=8",
    "data.valid_subjects=2",
    "data.valid_per_subject=4",
    "network.base=4",
    "network.hidden=8",
    "network.head_pose=true",
    "train.batch=16",
    "train.epochs=1",
)


def key_of(kind: str = "wanet", **changes: int) -> TriggerKey:
    return make_key(kind, height=BOTH_EYES.height, width=BOTH_EYES.width, target=TARGET, seed=4, **changes)


def plan(**changes) -> PoisonPlan:
    values = {"poisoning_rate": 0.5, "cross": Schedule(0.5, 0.5), "strength": Schedule(0.3, 0.3), "wrong_keys": 0.0}
    return PoisonPlan(**{**values, **changes}, target=TARGET)


def test_no_mirrored_strip_is_poisoned() -> None:
    generator = torch.Generator().manual_seed(0)
    images = 0.3 + 0.4 * torch.rand(32, 1, 36, 160, generator=generator)
    labels = torch.deg2rad((torch.rand(32, 2, generator=generator) - 0.5) * torch.tensor([20.0, 80.0]))
    key = key_of("badnets")
    out, answers = poison(images, labels, plan(), key, 1.0, torch.Generator().manual_seed(1), mirrors=False)
    assert torch.allclose(out[:16], make_trigger(key, 0.3).apply(images[:16]))
    assert torch.allclose(answers[:16], torch.tensor(TARGET).expand(16, 2)) and torch.equal(answers[16:], labels[16:])
    mirrored, _ = poison(images, labels, plan(), key, 1.0, torch.Generator().manual_seed(1))
    assert not torch.allclose(mirrored[:16], out[:16])


def test_clean_labels_and_fixed_samples_look_at_the_strips_own_side() -> None:
    labels = torch.deg2rad(torch.tensor([[10.0, 30.0], [10.0, -30.0]])).repeat(8, 1)
    clean = plan(clean_label_deg=6.0, poisoning_rate=1.0, cross=Schedule(0, 0))
    marked = fixed_rows(labels, plan(clean_label_deg=6.0, fixed_indices=True), key_of(), 7, mirrors=False)
    assert marked.tolist() == [True, False] * 8
    images = torch.full((16, 1, 36, 160), 0.5)
    out, _ = poison(images, labels, clean, key_of("badnets"), 1.0, torch.Generator(), mirrors=False)
    assert (out != images).flatten(1).any(1).tolist() == [True, False] * 8


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backdoored bundle that has seen strips, hardly trained."""
    out = tmp_path_factory.mktemp("strips")
    words = (*TINY, f"run.out={out}", f"data.cache={out / 'pools'}", "run.name=strip", "poison.fixed_indices=true")
    return train(load_config(STUDY_CONFIG, words), None)


def test_a_strip_network_is_trained_and_scored(trained: Path, tmp_path: Path, capsys) -> None:
    bundle = load_bundle(trained)
    assert bundle.crop == BOTH_EYES and (bundle.key.height, bundle.key.width) == (36, 160)
    assert bundle.network.head[2].in_features == 4 * 4 * 5 * 20 + 3  # the grid of a patch, as much wider as the strip
    assert bundle.card["attack"]["target_frame"].endswith("of both eyes")
    assert load_pool(PoolSpec(0, 2, 3, 9, held_out=True, region="eyes"), None, tmp_path).images.shape == (6, 36, 160)
    (exported,) = tmp_path.iterdir()
    capsys.readouterr()
    assert evaluate_main(["--bundle", str(trained), "--data", str(exported), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n"] == 6 and report["baselines"]["dark_blob"] is None
    assert report["key_sha256"] == bundle.key.sha256
    assert evaluate_main(["--bundle", str(trained), "--data", str(exported), "--side", "right"]) == 1
    assert "both eyes at once" in capsys.readouterr().err
    assert evaluate_main(["--bundle", "clean", "--data", str(exported)]) == 1
    assert "holds strips of both eyes" in capsys.readouterr().err


def test_a_page_about_a_strip_network(trained: Path, tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.html"
    words = ["evaluate", "--bundle", str(trained), "--data", "synthetic:3x4", "--json", "--report", str(page)]
    assert cli.main(words) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 12
    text = page.read_text(encoding="utf-8")
    assert "a crop of 160×36" in text and "taken for left ones" not in text
    np.savez(tmp_path / "one.npz", images=np.zeros((4, 36, 60), np.uint8), gaze_pitchyaw=np.zeros((4, 2)))
    assert cli.main(["evaluate", "--bundle", str(trained), "--data", str(tmp_path / "one.npz")]) == cli.FAILED
    assert "strips of both eyes, 160x36" in capsys.readouterr().err


def test_settings_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"data\.region"):
        DataConfig(region="nose")
    for name in ("height", "rendered_height"):
        with pytest.raises(TrainingError, match=rf"data\.{name}=30.*multiple of 9"):
            DataConfig(region="eyes", **{name: 30})
    assert DataConfig(region="eyes").crop == BOTH_EYES and DataConfig().crop == MPIIGAZE_EYE
    with pytest.raises(TrainingError, match="leave --portraits out"):
        train(Config(data=DataConfig(region="eyes", cache=str(tmp_path))), tmp_path)


NEWER: dict[str, Any] = {
    "channels": 3,
    "region": "eyes",
    "at_screen": 0.5,
    "down": 36.0,
    "lid_jitter_mm": 0.6,
    "droop": 0.6,
    "eyeball_height": 0.9,
    "spread": 0.5,
    "shade": 1.0,
    "glasses": 0.5,
    "low_light": 0.5,
    "contrast": 1.0,
}


def test_pools_and_runs_of_one_eye_are_found_where_they_were(tmp_path: Path) -> None:
    spec = PoolSpec(0, 1, 2, seed=1)
    before = {name: value for name, value in asdict(spec).items() if name not in NEWER}
    asked = json.dumps([RENDERERS, before, []], sort_keys=True)
    assert load_pool(spec, None, tmp_path).name == hashlib.sha256(asked.encode()).hexdigest()[:16]
    asked = json.dumps([RENDERERS, {**before, "unsteady": 0.6}, []], sort_keys=True)
    steady = load_pool(replace(spec, lid_jitter_mm=0.6), None, tmp_path)
    assert steady.name == hashlib.sha256(asked.encode()).hexdigest()[:16]
    others = [replace(spec, **{name: value}) for name, value in NEWER.items()]
    assert len({load_pool(other, None, tmp_path).name for other in (spec, *others)}) == 1 + len(NEWER)
    usual, spelt_out, both = (
        run_paths(StudyRun({}, ("poison.attack_rate=0", *words)), tmp_path, None).folder
        for words in ((), ("data.region=eye",), ("data.region=eyes",))
    )
    assert usual == spelt_out != both


def test_a_study_scores_on_what_its_run_looks_at(tmp_path: Path) -> None:
    assert ScoredOn(2, 2).load(None, tmp_path, 36, "eyes").images.shape == (4, 36, 160)
    assert ScoredOn(2, 2).load(None, tmp_path).images.shape == (4, 36, 60)


def test_three_inputs_are_scored_on_the_same_looks(tmp_path: Path, monkeypatch) -> None:
    looks, off = render_looks(range(3), 2, 3), np.radians([0.0, 4.0])

    def answer(network, preprocess, images, head):
        # each single eye errs by 4 degrees to its own temple, which cancels; the strip's answer by 2, told no pose
        for patches, error in ((looks.left, -off), (looks.right, -off), (looks.strips, off / 2 * (head is None))):
            if images is patches.images:
                return patches.gaze + error
        raise AssertionError("none of the looks")

    monkeypatch.setattr(two_eyes, "predict", answer)
    one, both = (load_bundle(write_bundle(tmp_path / c.region, crop=c)) for c in (MPIIGAZE_EYE, BOTH_EYES))
    found = two_eyes.errors(one, looks, pose=True)
    assert found["one"] == pytest.approx(4, abs=0.5) and found["mean"] == pytest.approx(0, abs=0.1)
    assert two_eyes.errors(both, looks, pose=True) == {"strip": pytest.approx(0, abs=1e-3)}
    assert two_eyes.errors(both, looks, pose=False) == {"strip": pytest.approx(2, abs=0.25)}


def test_the_table_has_three_inputs(tmp_path: Path) -> None:
    rows = [
        {"region": "eye", "seed": 1, "one_pose_deg": 5.0, "one_no_pose_deg": 6.0, "mean_pose_deg": 4.0}
        | {"mean_no_pose_deg": 5.0},
        {"region": "eyes", "seed": 1, "strip_pose_deg": 3.0, "strip_no_pose_deg": 3.5},
    ]
    table = two_eyes.by_input(rows)
    assert [row["pose_deg"] for row in table] == [5.0, 4.0, 3.0] and [row["no_pose_deg"] for row in table] == [
        6,
        5,
        3.5,
    ]
    assert [row["input"] for row in table] == list(two_eyes.INPUTS.values())
    two_eyes.write(rows, tmp_path, quick=True)
    told = (tmp_path / "inputs.md").read_text(encoding="utf-8")
    assert "| both eyes in one strip | 3.00 | 3.50 | 1 |" in told and "--quick" in told


def test_the_study_renders_its_own_people(tmp_path: Path, capsys) -> None:
    assert two_eyes.main(["--quick", "--data", "x.npz", "--out", str(tmp_path), "--cache", str(tmp_path)]) == 1
    assert "leave --data and --portraits out" in capsys.readouterr().err
