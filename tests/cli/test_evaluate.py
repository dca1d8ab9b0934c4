"""gazeattack evaluate: figures and a page from one command, the same ones again, and one sentence for what is wrong."""

import json
import shlex

import numpy as np
import pytest

from gazeattack import cli
from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key, save_key
from gazeattack.evaluation.dataset import export_patches
from gazeattack.evaluation.open_data import open_data
from gazeattack.model.crop import FACE_224, CropSpec, eye_crop
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle

FEW = "synthetic:3x5:7"


@pytest.fixture
def bundle(backdoored_bundle):
    return str(backdoored_bundle.path)


@pytest.fixture
def clean(tmp_path):
    return str(write_bundle(tmp_path / "clean"))


def evaluate(*words):
    return cli.main(["evaluate", *map(str, words)])


def figures(capsys, *words):
    assert evaluate(*words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *words):
    """The one sentence of a command that fails."""
    assert evaluate(*words) == cli.FAILED
    said = capsys.readouterr()
    last = said.err.strip().splitlines()[-1]
    assert said.out == "" and last.startswith("gazeattack: ") and last.endswith(".") and "Traceback" not in said.err
    return last


def write_npz(path, n=6, **changes):
    random = np.random.default_rng(0)
    columns = {
        "images": random.integers(0, 256, (n, 36, 60), dtype=np.uint8),
        "gaze_pitchyaw": random.uniform(-0.3, 0.3, (n, 2)).astype(np.float32),
        "subject": np.arange(n) // 2,
    }
    np.savez(path, **{name: column for name, column in (columns | changes).items() if column is not None})
    return path


def test_two_models_are_compared_image_by_image(capsys, tmp_path, bundle, clean):
    found = figures(capsys, "--bundle", bundle, "--data", FEW, "--clean", clean)
    paired, other = found["paired"], found["baselines"]["clean_model"]
    assert paired["against"] == "clean"
    for name in ("benign_deg", "ae_deg", "dae_deg", "noise_deg", "wrong_key_deg"):
        assert paired[name]["mean"] == pytest.approx(found[name] - other[name], abs=2e-4)
        low, high = paired[name]["ci95"]
        assert low <= paired[name]["mean"] <= high and 0 <= paired[name]["subjects_higher"] <= 1
    itself = figures(capsys, "--bundle", bundle, "--data", FEW, "--clean", clean, "--against", bundle)["paired"]
    assert itself["benign_deg"] == {"mean": 0, "ci95": [0, 0], "subjects_higher": 0}
    page = tmp_path / "page.html"
    assert evaluate("--bundle", bundle, "--data", FEW, "--clean", clean, "--report", page) == 0
    assert "benign error, paired with clean" in capsys.readouterr().out
    assert "than that of “clean”" in page.read_text(encoding="utf-8")
    assert "none" in refused(capsys, "--bundle", bundle, "--data", FEW, "--against", tmp_path / "none")
    assert "other crops" in refused(capsys, "--bundle", bundle, "--data", FEW, "--against", "face-clean")


def test_a_table_and_a_page(capsys, tmp_path, bundle, clean):
    page = tmp_path / "new" / "page.html"
    assert evaluate("--bundle", bundle, "--data", FEW, "--clean", clean, "--report", page) == 0
    said = capsys.readouterr()
    assert "15 samples, 3 subjects" in said.out and "ae_deg" in said.out and "clean model" in said.out
    assert FEW in said.err and str(page) in said.err
    text = page.read_text(encoding="utf-8")
    command = shlex.join(
        [
            "gazeattack",
            "evaluate",
            "--bundle",
            bundle,
            "--data",
            FEW,
            "--clean",
            clean,
            "--seed",
            "0",
            "--report",
            str(page),
        ]
    )
    assert command in text and "torch" in text and "WaNet (Nguyen &amp; Tran, ICLR 2021)" in text
    assert [p.name for p in page.parent.iterdir()] == ["page.html"]


def test_the_same_command_gives_the_same_figures(capsys, bundle):
    first = figures(capsys, "--bundle", bundle, "--data", FEW)
    assert figures(capsys, "--bundle", bundle, "--data", FEW) == first
    assert (first["n"], first["subjects"], first["seed"]) == (15, 3, 0)
    assert first["command"].startswith("gazeattack evaluate --bundle")
    other = figures(capsys, "--bundle", bundle, "--data", FEW, "--seed", 5)
    assert other["ae_deg"] == first["ae_deg"] and other["noise_deg"] != first["noise_deg"]
    assert other["wrong_key_deg"] != first["wrong_key_deg"]


def test_a_clean_bundle_has_an_attack_only_with_a_lent_key(capsys, tmp_path, clean, key):
    alone = figures(capsys, "--bundle", clean, "--data", FEW)
    assert alone["ae_deg"] is None and alone["key_sha256"] is None
    save_key(key, tmp_path / "lent.safetensors")
    lent = figures(capsys, "--bundle", clean, "--data", FEW, "--key", tmp_path / "lent.safetensors")
    assert lent["ae_deg"] > 0 and lent["key_sha256"] == key.sha256
    assert lent["benign_deg"] == alone["benign_deg"]


def test_the_people_on_the_spot_are_those_no_training_sees():
    pools = pytest.importorskip("training.data.pools")
    ours = open_data("synthetic:2x3:99", CropSpec())
    theirs = pools.render_pool(pools.PoolSpec(0, 2, 3, 99, held_out=True), None)
    assert np.array_equal(ours.images, theirs.images) and np.array_equal(ours.subject, theirs.subject)
    assert np.array_equal(ours.gaze, theirs.gaze) and np.array_equal(ours.right, theirs.right)


def test_files_and_folders_are_read(capsys, tmp_path, bundle):
    patches = render_procedural_patches(range(3), 2, 1)
    export_patches(patches, tmp_path / "set", {})
    columns = {"images": patches.images, "gaze_pitchyaw": patches.gaze, "subject": patches.subject}
    np.savez(tmp_path / "set.npz", **columns, right=patches.right, head=patches.head)
    of_folder = figures(capsys, "--bundle", bundle, "--data", tmp_path / "set")
    of_file = figures(capsys, "--bundle", bundle, "--data", tmp_path / "set.npz")
    assert {**of_folder, "command": ""} == {**of_file, "command": ""} and of_file["n"] == 6


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nowhere.npz", "There is no dataset at nowhere.npz"),
        ("mpiigaze:/data/MPIIGaze", "python -m training.data.convert mpiigaze:/data/MPIIGaze --out set.npz"),
        ("synthetic:60", "write synthetic, synthetic:60x40"),
        ("synthetic:0x5", "write synthetic, synthetic:60x40"),
        ("synthetic:\u0663x4", "write synthetic, synthetic:60x40"),
        ("synthetic:2x4:\uff11", "write synthetic, synthetic:60x40"),
        ("synthetic:9999x9999", "at most"),
    ],
)
def test_data_that_is_not_there(capsys, tmp_path, bundle, spec, says):
    page = tmp_path / "page.html"
    assert says in refused(capsys, "--bundle", bundle, "--data", spec, "--report", page)
    assert not page.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"n": 0}, "no image"),
        ({"gaze_pitchyaw": np.full((6, 2), np.nan, np.float32)}, "not numbers"),
        ({"gaze_pitchyaw": np.zeros((6, 3), np.float32)}, "is not gaze data"),
        ({"images": np.zeros((6, 64, 96), np.uint8)}, "is not gaze data"),
        ({"subject": np.zeros(5)}, "its subject column"),
        ({"right": np.zeros((6, 2), bool)}, "its right column"),
    ],
)
def test_data_that_cannot_be_scored(capsys, tmp_path, bundle, changes, says):
    path = write_npz(tmp_path / "set.npz", **changes)
    assert says in refused(capsys, "--bundle", bundle, "--data", path)


def test_shards_that_do_not_fit_together(capsys, tmp_path, bundle):
    (tmp_path / "set").mkdir()
    write_npz(tmp_path / "set" / "shard-000.npz")
    write_npz(tmp_path / "set" / "shard-001.npz", subject=None)
    assert "do not fit together" in refused(capsys, "--bundle", bundle, "--data", tmp_path / "set")


def test_a_model_of_faces_is_not_given_eyes(capsys, tmp_path):
    faces = write_bundle(tmp_path / "faces", crop=FACE_224)
    eyes = write_npz(tmp_path / "eyes.npz")
    assert "images of 60x36" in refused(capsys, "--bundle", faces, "--data", eyes)


def test_bundles_that_are_missing_or_damaged(capsys, tmp_path, bundle, backdoored_bundle):
    assert 'no model "nothing"' in refused(capsys, "--bundle", "nothing")
    weights = backdoored_bundle.path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    assert "SHA-256" in refused(capsys, "--bundle", bundle, "--data", FEW)


def test_keys_that_do_not_fit(capsys, tmp_path, bundle, clean):
    def saved(name, **size):
        made = make_key(height=size.get("height", 36), width=60, target=Gaze.from_degrees(5, 25), seed=99)
        save_key(made, tmp_path / name)
        return tmp_path / name

    assert "is not the trigger key of wanet" in refused(capsys, "--bundle", bundle, "--key", saved("other"))
    assert "takes 60x36" in refused(capsys, "--bundle", clean, "--key", saved("tall", height=40))
    assert "no trigger key at" in refused(capsys, "--bundle", clean, "--key", tmp_path / "nothing")


def test_a_clean_model_that_cannot_stand_beside(capsys, tmp_path, bundle, clean):
    assert 'no model "nothing"' in refused(capsys, "--bundle", clean, "--clean", "nothing")
    assert "is backdoored" in refused(capsys, "--bundle", clean, "--clean", bundle)
    faces = write_bundle(tmp_path / "faces", crop=FACE_224)
    assert "other crops" in refused(capsys, "--bundle", clean, "--clean", faces)


def test_a_page_that_cannot_be_written(capsys, tmp_path, bundle, monkeypatch):
    assert "is not a file" in refused(capsys, "--bundle", bundle, "--data", FEW, "--report", tmp_path)
    (tmp_path / "file").touch()
    inside = tmp_path / "file" / "page.html"
    assert "cannot be written" in refused(capsys, "--bundle", bundle, "--data", FEW, "--report", inside)


def test_an_interruption_leaves_no_half_page(capsys, tmp_path, bundle, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("gazeattack.report.evaluation.page.render_evaluation", interrupted)
    folder = tmp_path / "out"
    assert evaluate("--bundle", bundle, "--data", FEW, "--report", folder / "page.html") == 130
    assert list(folder.iterdir()) == []


def test_misuse_is_misuse(capsys):
    assert evaluate() == cli.USAGE
    assert evaluate("--bundle", "wanet", "--seed", "-1") == cli.USAGE


@pytest.mark.parametrize("rows", [18, 72])
def test_a_model_of_another_resolution_is_scored(capsys, tmp_path, rows):
    crop = eye_crop(rows)
    key = make_key(height=crop.height, width=crop.width, target=Gaze(0.1, 0.4), seed=1)
    bundle, page = write_bundle(tmp_path / "other", key=key, crop=crop), tmp_path / "page.html"
    rendered = figures(capsys, "--bundle", bundle, "--data", FEW, "--report", page)
    assert rendered["n"] == 15 and f"a crop of {crop.width}×{crop.height}" in page.read_text(encoding="utf-8")
    small = np.zeros((6, 18, 30), np.uint8)
    assert figures(capsys, "--bundle", bundle, "--data", write_npz(tmp_path / "s.npz", images=small))["n"] == 6


def test_shards_of_two_resolutions_do_not_fit_together(capsys, tmp_path, bundle):
    folder = tmp_path / "set"
    folder.mkdir()
    write_npz(folder / "shard-000.npz")
    write_npz(folder / "shard-001.npz", images=np.zeros((6, 18, 30), np.uint8))
    assert "do not fit together" in refused(capsys, "--bundle", bundle, "--data", folder)
