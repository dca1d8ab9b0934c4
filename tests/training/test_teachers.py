"""Distillation: teachers' predictions in place of the true labels."""

from pathlib import Path

import pytest
import torch

from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import MPIIGAZE_EYE, eye_crop
from gazeattack.model.predictor import Predictor
from training.config import load_config
from training.config_sections import TrainConfig
from training.data.augment import bend
from training.engine.batches import BatchMaker
from training.engine.teachers import Teachers, load_teachers
from training.errors import TrainingError
from training.poisoning.setup import make_poisoner

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def teachers() -> Teachers:
    loaded = load_teachers(TrainConfig(teachers="clean, wanet", teacher_share=1.0), MPIIGAZE_EYE, CPU)
    assert loaded is not None
    return loaded


def batch(n: int = 6) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    images = torch.nn.functional.interpolate(torch.rand(n, 1, 5, 8, generator=generator), (36, 60), mode="bicubic")
    return images.clamp(0, 1), torch.full((n, 2), 0.3), torch.zeros(n, 2)


def test_without_teachers_there_are_none() -> None:
    assert load_teachers(TrainConfig(), MPIIGAZE_EYE, CPU) is None


def test_labels_are_the_mean_prediction(teachers: Teachers) -> None:
    images, gaze, head = batch()
    expected = [Predictor(open_bundle(name)).predict(images, [False] * 6, head.numpy()) for name in ("clean", "wanet")]
    mean = torch.tensor((expected[0] + expected[1]) / 2).float()
    # the teachers predict in bfloat16 where the processor has it
    torch.testing.assert_close(teachers.labels(images, gaze, head), mean, atol=0.02, rtol=0)


def test_the_share_mixes_prediction_and_true_label(teachers: Teachers) -> None:
    images, gaze, head = batch()
    whole = teachers.labels(images, gaze, head)
    half = Teachers(teachers.networks, 0.5, CPU).labels(images, gaze, head)
    torch.testing.assert_close(half, (whole + gaze) / 2)
    torch.testing.assert_close(Teachers(teachers.networks, 0.0, CPU).labels(images, gaze, head), gaze)


def test_a_batch_has_the_labels_of_its_teachers(teachers: Teachers) -> None:
    images, gaze, head = batch()
    settings = TrainConfig(augment=0.0, augment_after=0.0)
    stored = (images[:, 0] * 255).round().to(torch.uint8)

    def labels(chosen: Teachers | None) -> torch.Tensor:
        maker = BatchMaker(stored, gaze, head, torch.full((6, 6, 2), torch.nan), settings, chosen, None)
        return maker.make(torch.arange(6), 0.0, torch.Generator().manual_seed(1)).gaze

    assert torch.equal(labels(None), gaze)
    torch.testing.assert_close(
        labels(teachers), teachers.labels(stored[:, None].float() / 255, gaze, head), atol=1e-3, rtol=0
    )


def test_teachers_predict_for_the_rendered_or_the_augmented_image(teachers: Teachers) -> None:
    images, gaze, head = batch()
    stored = (images[:, 0] * 255).round().to(torch.uint8)
    expected = teachers.labels(stored[:, None].float() / 255, gaze, head)

    def labels(shown: str) -> torch.Tensor:
        settings = TrainConfig(augment=1.5, teacher_images=shown)
        maker = BatchMaker(stored, gaze, head, torch.full((6, 6, 2), torch.nan), settings, teachers, None)
        return maker.make(torch.arange(6), 0.0, torch.Generator().manual_seed(1)).gaze

    torch.testing.assert_close(labels("rendered"), expected, atol=1e-3, rtol=0)
    assert (labels("augmented") - expected).abs().mean() > 0.01


@pytest.mark.parametrize(
    ("names", "crop", "said"),
    [
        ("no-such-bundle", MPIIGAZE_EYE, "A teacher cannot be used"),
        ("clean", eye_crop(72), "takes other crops"),
    ],
)
def test_a_teacher_that_cannot_teach_is_refused(names: str, crop: object, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        load_teachers(TrainConfig(teachers=names), crop, CPU)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(TrainingError, match="teacher_share"):
        TrainConfig(teacher_share=share)


def test_the_poisoned_samples_keep_the_target(teachers: Teachers) -> None:

    everything = ["poison.poisoning_rate=1", "poison.cross_start=0", "poison.cross_end=0"]
    wanet = load_config(CONFIGS / "wanet.toml", everything)
    images, gaze, head = batch()
    poisoner = make_poisoner(wanet, gaze)
    stored = (images[:, 0] * 255).round().to(torch.uint8)
    maker = BatchMaker(stored, gaze, head, torch.full((6, 6, 2), torch.nan), wanet.train, teachers, poisoner)
    made = maker.make(torch.arange(6), 1.0, torch.Generator().manual_seed(1)).gaze.rad2deg()
    torch.testing.assert_close(made[:, 0], torch.full((6,), wanet.poison.target_pitch_deg), atol=1e-3, rtol=0)
    torch.testing.assert_close(made[:, 1].abs(), torch.full((6,), wanet.poison.target_yaw_deg), atol=1e-3, rtol=0)


def test_bending_moves_the_points_with_the_image() -> None:
    generator = torch.Generator().manual_seed(2)
    places = torch.tensor([[20.0, 12.0], [40.0, 24.0]]).expand(64, 2, 2)
    rows, columns = torch.meshgrid(torch.arange(36.0), torch.arange(60.0), indexing="ij")
    spot = torch.exp(-((columns - 20) ** 2 + (rows - 12) ** 2) / 4).expand(64, 1, 36, 60)
    bent, moved = bend(spot, places, 1.5, generator)
    weight = bent[:, 0] / bent[:, 0].sum((1, 2), keepdim=True)
    found = torch.stack([(weight * columns).sum((1, 2)), (weight * rows).sum((1, 2))], -1)
    shift, error = (float((found - points[:, 0]).norm(dim=-1).median()) for points in (places, moved))
    assert shift > 0.3 and error < 0.5 * shift
    assert torch.equal(bend(spot, places, 0.0, generator)[0], spot)


def test_bent_eyes_need_teachers() -> None:
    with pytest.raises(TrainingError, match=r"train\.teachers"):
        TrainConfig(bend=1.0)
