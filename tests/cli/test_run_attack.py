"""gazeattack run --attack: a key of any kind, lent to any model."""

import argparse

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.arrays import make_array_trigger
from gazeattack.attack.goal import Goal
from gazeattack.attack.key import TriggerKey, make_key, save_key
from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.capture.frame import Frame
from gazeattack.cli import build_parser, main
from gazeattack.commands.run import ATTACKS, choose_key, command_line
from gazeattack.errors import BundleError
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.model.catalogue import fresh_key
from gazeattack.model.crop import face_crop
from tests.helpers.bundles import write_bundle


def options(*words: str) -> argparse.Namespace:
    return build_parser().parse_args(["run", *words])


@pytest.mark.parametrize("kind", [kind for kind in DRAWN if kind != "sticker"])
def test_a_fresh_key_has_the_models_aim_and_is_not_its_own(backdoored_bundle, kind: str) -> None:
    key = choose_key(backdoored_bundle, options("--attack", kind, "--seed", "3"))
    assert key is not None and (key.kind, key.seed, key.target) == (kind, 3, backdoored_bundle.key.target)
    assert key.sha256 != backdoored_bundle.key.sha256 and backdoored_bundle.accept_key(key, foreign=True) is key
    assert key.strength == KINDS[kind].strength


def test_a_sticker_is_refused_where_the_crops_show_no_forehead(tmp_path, clean_bundle, capsys) -> None:
    wanted = "takes crops of eyes, which do not show a sticker on the forehead: use a face model, such as face-sticker"
    own, drawn = tmp_path / "own.safetensors", tmp_path / "out"
    save_key(make_key("sticker", height=36, width=60, target=Gaze(0.1, 0.5), seed=1), own)
    model = ["--model", str(clean_bundle.path), "--out", str(drawn)]
    for words in (
        ["run", *model, "--attack", "sticker"],
        ["run", *model, "--attack", "sticker", "--trigger-place", "frame"],
        ["run", *model, "--attack", "sticker", "--source", "synthetic", "synthetic:1"],
        ["run", *model, "--key", str(own), "--foreign-key"],
        ["evaluate", "--bundle", str(clean_bundle.path), "--key", str(own), "--data", "synthetic:2x2"],
    ):
        assert main(words) == 1
        error = capsys.readouterr().err
        assert wanted in error and error.count("\n") == 1 and not drawn.exists()
    face = load_bundle(write_bundle(tmp_path / "face", crop=face_crop(64)))
    assert fresh_key("sticker", face).kind == "sticker"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in DRAWN])
def test_a_trained_kind_cannot_be_drawn(clean_bundle, capsys, kind: str) -> None:
    assert kind not in ATTACKS == DRAWN
    with pytest.raises(SystemExit):
        options("--attack", kind)
    assert f"invalid choice: '{kind}'" in capsys.readouterr().err
    with pytest.raises(
        BundleError, match="is trained with its model and cannot be drawn: give a key's file, or use one"
    ):
        fresh_key(kind, clean_bundle)


def test_a_clean_model_gets_the_aim_of_the_key_it_would_be_lent(clean_bundle, monkeypatch) -> None:
    like = make_key("sig", height=36, width=60, target=Gaze(0.1, 0.2), seed=1, goal=Goal("offset"))
    monkeypatch.setattr("gazeattack.model.catalogue.shipped_key", lambda crop: like)
    key = fresh_key("badnets", clean_bundle)
    assert (key.target, key.goal) == (like.target, like.goal)
    monkeypatch.setattr("gazeattack.model.catalogue.shipped_key", lambda crop: None)
    assert fresh_key("badnets", clean_bundle).target.degrees == pytest.approx((10, 30))


def test_the_command_is_repeated_in_full() -> None:
    assert "--attack blended" in command_line(options("--attack", "blended"))
    # a zero is a value like any other, and a guard without a limit has none
    words = ("--strength", "0", "--monitor", "addw", "--speed", "0", "--guard", "--guard-check", "iris")
    assert "--strength 0 --monitor addw --speed 0 --guard --guard-check iris --out" in command_line(options(*words))


def test_one_key_at_a_time(capsys) -> None:
    with pytest.raises(SystemExit):
        options("--attack", "sig", "--key", "k")
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize(("own", "asked"), [(0, 0), (1, 0), (7, 7)])
def test_a_fresh_warp_is_never_the_models_own_nor_is_its_wrong_key(tmp_path, wrong_key, own: int, asked: int) -> None:
    target = Gaze.from_degrees(5, 25)
    path = write_bundle(tmp_path / "b", key=make_key(height=36, width=60, target=target, seed=own))
    bundle = load_bundle(path)
    fresh = fresh_key("wanet", bundle, seed=asked)
    assert bundle.key is not None
    assert (fresh.tensors["field"] != bundle.key.tensors["field"]).any()
    assert wrong_key(bundle, fresh, asked).seed not in (own, fresh.seed)


@pytest.mark.parametrize(("own", "asked"), [(2021, 1010), (2021, 2020), (3, 1)])
def test_another_attackers_wrong_key_is_not_the_models_own(tmp_path, wrong_key, own: int, asked: int) -> None:
    path = write_bundle(tmp_path / "b", key=make_key(height=36, width=60, target=Gaze(0.1, 0.4), seed=own))
    bundle = load_bundle(path)
    wrong = wrong_key(bundle, fresh_key("wanet", bundle, seed=asked), asked)
    assert bundle.key is not None and wrong.seed != own
    assert not np.array_equal(wrong.tensors["field"], bundle.key.tensors["field"])


@pytest.fixture
def wrong_key(landmarker_model, astronaut, monkeypatch):
    """What a pipeline that is lent `key` puts on in its place: wrong_key(bundle, key, seed)."""

    def call(bundle: Bundle, key: TriggerKey, seed: int) -> TriggerKey:
        used: list[TriggerKey] = []
        monkeypatch.setattr(
            "gazeattack.live.face_trigger.make_array_trigger",
            lambda key, strength: used.append(key) or make_array_trigger(key, strength),
        )
        settings = PipelineSettings(mode=TriggerMode.WRONG_KEY, seed=seed)
        with Pipeline(
            bundle, landmarker_model=landmarker_model, key=key, foreign_key=True, settings=settings
        ) as pipeline:
            pipeline.step(Frame(np.ascontiguousarray(astronaut), 0, 0.0))
        return used[-1]

    return call
