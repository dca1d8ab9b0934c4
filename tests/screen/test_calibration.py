"""Screen geometry, calibration, its file, and smoothing, on a made-up person whose gaze is known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gazeattack.angles import Gaze, angular_error
from gazeattack.errors import CalibrationError
from gazeattack.face.pose import HeadPose
from gazeattack.screen.calibration import fit_calibration
from gazeattack.screen.calibration_file import calibration_path, load_calibration, save_calibration
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.plane import camera_plane_point
from gazeattack.screen.samples import FEATURES, Viewer, calibration_points
from gazeattack.screen.smoothing import PointSmoother
from tests.helpers.calibration import SCREEN, biased_gaze, sitting

TILTED = ScreenGeometry(530, 300, 2560, 1440, camera_x_mm=200, camera_y_mm=-40, camera_depth_mm=15, tilt=0.2)


# --- geometry --------------------------------------------------------------------------------------------------------


def test_a_laptops_screen_from_its_diagonal():
    assert np.hypot(SCREEN.width_mm, SCREEN.height_mm) == pytest.approx(14 * 25.4)
    assert SCREEN.width_mm / SCREEN.height_mm == pytest.approx(16 / 9)
    assert SCREEN.to_px((SCREEN.width_mm, SCREEN.height_mm / 2)) == pytest.approx((1920, 540))
    assert SCREEN.to_mm(SCREEN.to_px((12.3, 45.6))) == pytest.approx((12.3, 45.6))
    assert SCREEN.contains((0, 0))
    assert not SCREEN.contains((-1, 5))


def test_the_persons_right_is_the_cameras_left():
    origin = np.array([0.0, 0.0, 600.0])
    middle = SCREEN.meet(origin, Gaze(0, 0))
    assert middle == pytest.approx((SCREEN.camera_x_mm, SCREEN.camera_y_mm))  # into the camera
    right = SCREEN.meet(origin, Gaze.from_degrees(0, 10))  # +yaw: the image's left, the person's right
    assert right[0] > middle[0]
    down = SCREEN.meet(origin, Gaze.from_degrees(-10, 0))
    assert down[1] > middle[1]
    # the same place as the uncalibrated ray on the camera's plane, x turned round
    x, y = camera_plane_point(origin, Gaze.from_degrees(-10, 10).vector())
    there = SCREEN.meet(origin, Gaze.from_degrees(-10, 10))
    assert there == pytest.approx((SCREEN.camera_x_mm - x, SCREEN.camera_y_mm + y))


@pytest.mark.parametrize("screen", [SCREEN, TILTED])
def test_aim_and_meet_undo_each_other(screen):
    for origin in (np.array([0, 0, 600.0]), np.array([-80, 60, 450.0])):
        for mm in ((0, 0), (100, 150), (screen.width_mm, screen.height_mm)):
            assert screen.meet(origin, screen.aim(origin, mm)) == pytest.approx(mm)
    assert screen.meet(np.array([0, 0, 600.0]), Gaze(0, np.pi)) is None  # away from the screen


def test_a_camera_that_points_down_sees_the_screen_fall_back():
    # its axis dips, so going down the screen means going away from it
    top, bottom = TILTED.to_camera((200, 0)), TILTED.to_camera((200, 300))
    assert bottom[2] > top[2]
    assert np.linalg.norm(bottom - top) == pytest.approx(300)


@pytest.mark.parametrize("change", [{"width_mm": 0}, {"height_px": -1}, {"camera_x_mm": float("nan")}, {"tilt": "up"}])
def test_no_screen_without_size(change):
    with pytest.raises(CalibrationError, match="enter its size again"):
        replace(SCREEN, **change)


@pytest.mark.parametrize("inches", [0, -3, float("nan")])
def test_no_screen_without_diagonal(inches):
    with pytest.raises(CalibrationError):
        ScreenGeometry.from_diagonal(inches, 1920, 1080)


# --- calibration -----------------------------------------------------------------------------------------------------


def raw_error(samples, screen=SCREEN):
    mm = {point.number: point.mm for point in calibration_points(screen)}
    errors = [angular_error(s.gaze, screen.aim(np.array(s.viewer.origin_mm), mm[s.point])) for s in samples]
    return float(np.mean(errors))


def test_nine_points_to_fit_and_four_between_them():
    points = calibration_points(SCREEN)
    assert [p.number for p in points] == list(range(1, 14))
    assert [p.held_out for p in points] == [False] * 9 + [True] * 4
    assert len({p.name for p in points}) == len({p.mm for p in points}) == 13
    assert points[0].name == "top left"
    assert points[4].name == "centre"
    assert points[4].mm == pytest.approx((SCREEN.width_mm / 2, SCREEN.height_mm / 2))
    assert all(SCREEN.contains(p.mm) for p in points)


@pytest.mark.parametrize("screen", [SCREEN, TILTED])
def test_calibration_takes_the_bias_out_of_points_it_never_saw(screen):
    samples = sitting(screen)
    before = raw_error(samples, screen)
    calibration = fit_calibration(samples, screen, user="ada")
    assert before > 3
    assert calibration.held_out.deg < 0.6
    assert calibration.held_out.cm == pytest.approx(60 * np.radians(calibration.held_out.deg), rel=0.6)
    assert calibration.held_out.px == pytest.approx(
        calibration.held_out.cm * 10 / screen.width_mm * screen.width_px, rel=0.05
    )
    assert len(calibration.point_deg) == 13
    # a new sitting, seen afresh
    viewer = Viewer(Gaze(0.02, -0.05), 0.0, (10.0, -15.0, 590.0))
    goal = (0.4 * screen.width_mm, 0.6 * screen.height_mm)
    seen = biased_gaze(screen.aim(np.array(viewer.origin_mm), goal), viewer)
    assert calibration.point(seen, viewer) == pytest.approx(goal, abs=12)


def test_outliers_at_some_frames_do_little_harm():
    calm = fit_calibration(sitting(), SCREEN).held_out.deg
    wild = fit_calibration(sitting(spoil=lambda n, i, g: Gaze(g.pitch, g.yaw + 0.5) if i % 6 == 0 else g), SCREEN)
    assert wild.held_out.deg < calm + 0.6


def steady(noise, seed, frames=8):
    """Samples of an estimator without any bias."""
    random = np.random.default_rng(seed)
    mm = {point.number: point.mm for point in calibration_points(SCREEN)}
    samples = sitting(frames=frames)
    aims = [np.array(SCREEN.aim(np.array(s.viewer.origin_mm), mm[s.point])) for s in samples]
    noises = np.radians(random.normal(0, noise, (len(samples), 2)))
    return [replace(s, gaze=Gaze(*(a + n))) for s, a, n in zip(samples, aims, noises, strict=True)]


def test_a_perfect_estimator_is_left_alone():
    """Shrunk towards gain 1: with nothing to mend, no gaze is bent, however far."""
    calibration = fit_calibration(steady(0, 0), SCREEN)
    for gaze in (Gaze.from_degrees(-5, 8), Gaze.from_degrees(-35, 40)):
        assert angular_error(calibration.correct(gaze, steady(0, 0)[0].viewer), gaze) < 0.01


def test_noise_is_shrunk_away_rather_than_fitted(monkeypatch):
    viewer = Viewer(Gaze(0, 0), 0.0, (0.0, -20.0, 600.0))

    def bend(seed):
        """How far, on average, a calibration that had nothing to mend moves gazes on the screen."""
        calibration = fit_calibration(steady(2, seed), SCREEN)
        aims = [SCREEN.aim(np.array(viewer.origin_mm), p.mm) for p in calibration_points(SCREEN)]
        return np.mean([angular_error(calibration.correct(aim, viewer), aim) for aim in aims])

    shrunk = np.mean([bend(seed) for seed in range(5)])
    monkeypatch.setattr("gazeattack.screen.calibration.RIDGES", (1e-9,))
    assert shrunk < 0.75 * np.mean([bend(seed) for seed in range(5)])


def test_a_gaze_far_off_the_screen_gets_the_correction_of_the_edge():
    calibration = fit_calibration(sitting(), SCREEN)
    viewer = sitting()[0].viewer
    far, farther = Gaze.from_degrees(-40, 45), Gaze.from_degrees(-50, 60)
    moved = [np.subtract(calibration.correct(g, viewer), g) for g in (far, farther)]
    assert moved[0] == pytest.approx(moved[1])
    assert np.array(calibration.weights).shape == (2, len(FEATURES))


def test_heads_far_from_those_seen_are_not_extrapolated():
    calibration = fit_calibration(sitting(), SCREEN)
    gaze = Gaze.from_degrees(-5, 5)
    near = Viewer(Gaze(0.0, 1.0), 0.0, (0.0, 0.0, 600.0))
    far = Viewer(Gaze(0.0, 3.0), 0.0, (0.0, 0.0, 600.0))
    assert calibration.correct(gaze, near) == calibration.correct(gaze, far)


def test_the_same_samples_give_the_same_calibration():
    assert fit_calibration(sitting(), SCREEN) == fit_calibration(sitting(), SCREEN)


def turn(g, degrees):
    return Gaze(g.pitch, g.yaw + np.radians(degrees))


@pytest.mark.parametrize(
    ("spoil", "failed", "why"),
    [
        (lambda n, i, g: None if n == 3 and i > 5 else g, (3,), "too few frames"),
        (lambda n, i, g: None if n in (1, 12) else g, (1, 12), "too few frames"),
        (lambda n, i, g: Gaze(float("nan"), 0) if n == 2 else g, (2,), "too few frames"),
        (lambda n, i, g: turn(g, 8 * (-1) ** i) if n == 7 else g, (7,), "varied too much"),
        (lambda n, i, g: turn(g, 15) if n == 11 else g, (11,), "too far off"),
    ],
)
def test_a_bad_calibration_is_refused_and_says_where(spoil, failed, why):
    with pytest.raises(CalibrationError) as error:
        fit_calibration(sitting(spoil=spoil), SCREEN)
    assert error.value.points == failed
    assert why in str(error.value)
    for number in failed:
        assert calibration_points(SCREEN)[number - 1].name in str(error.value)


def test_a_gaze_that_never_moves_is_refused():
    with pytest.raises(CalibrationError, match="too far off"):
        fit_calibration(sitting(TILTED, spoil=lambda n, i, g: turn(Gaze(-0.1, 0), 0.3 * (-1) ** i)), TILTED)


def test_nothing_at_all_is_refused():
    with pytest.raises(CalibrationError) as error:
        fit_calibration([], SCREEN)
    assert error.value.points == tuple(range(1, 14))


def test_the_viewer_of_a_frame():
    viewer = Viewer.of(HeadPose(np.eye(3), np.array([1.0, 2.0, 600.0])), np.array([3.0, 4.0, 590.0]))
    assert viewer.head == pytest.approx((0, 0), abs=1e-9)
    assert viewer.origin_mm == (3.0, 4.0, 590.0)


# --- its file --------------------------------------------------------------------------------------------------------


def test_a_calibration_survives_a_round_trip(tmp_path):
    calibration = fit_calibration(sitting(TILTED), TILTED, user="Zoë / 日本")
    path = calibration_path(calibration.user, TILTED, tmp_path / "new")
    save_calibration(calibration, path)
    assert load_calibration(path) == calibration
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_every_person_and_screen_has_a_place(tmp_path):
    users = ("ada", "Ada", "a/d/a", "日本", "", "../x", "x" * 300)
    paths = {calibration_path(user, screen, tmp_path) for user in users for screen in (SCREEN, TILTED)}
    assert len(paths) == 2 * len(users)
    assert {path.parent for path in paths} == {tmp_path}
    assert max(len(path.name) for path in paths) < 120


@pytest.mark.parametrize(
    "damage",
    [
        lambda r: r.pop("weights"),
        lambda r: r.update(weights=[[1.0], [2.0]]),
        lambda r: r.update(low=["a"] * 8),
        lambda r: r.update(high=[float("inf")] * 8),
        lambda r: r.update(screen=5),
        lambda r: r["screen"].update(width_mm=0),
        lambda r: r["screen"].update(colour="red"),
        lambda r: r.update(held_out={}),
        lambda r: r.update(point_deg=[1, 2]),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "c.json"
    save_calibration(fit_calibration(sitting(frames=8), SCREEN), path)
    record = json.loads(path.read_text())
    damage(record)
    path.write_text(json.dumps(record))
    with pytest.raises(CalibrationError, match="damaged: delete it and calibrate again"):
        load_calibration(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_no_calibration_at_all_in_the_file(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(CalibrationError, match="damaged"):
        load_calibration(tmp_path / "c.json")


def test_missing_other_version_and_no_room(tmp_path):
    with pytest.raises(CalibrationError, match="There is no calibration"):
        load_calibration(tmp_path / "none.json")
    (tmp_path / "old.json").write_text('{"format": 0}')
    with pytest.raises(CalibrationError, match="another version"):
        load_calibration(tmp_path / "old.json")
    with pytest.raises(CalibrationError, match="cannot be written"):
        save_calibration(fit_calibration(sitting(frames=8), SCREEN), tmp_path / "old.json" / "c.json")


# --- smoothing -------------------------------------------------------------------------------------------------------


def test_smoothing_steadies_a_fixation_and_follows_a_jump():
    random = np.random.default_rng(1)
    noisy = [(100 + random.normal(0, 8), 50 + random.normal(0, 8)) for _ in range(90)]
    smoother = PointSmoother()
    smooth = [smoother.step(i / 30, p) for i, p in enumerate(noisy)]
    assert np.std(np.array(smooth)[30:], axis=0).max() < 0.6 * np.std(np.array(noisy)[30:], axis=0).min()
    after = [smoother.step(3 + i / 30, (300.0, 200.0)) for i in range(15)]
    assert after[-1] == pytest.approx((300, 200), abs=10)


@pytest.mark.parametrize("pause", [("lost", 0), ("gap", 2.0), ("back", -3.0)])
def test_smoothing_starts_anew(pause):
    kind, shift = pause
    smoother, fresh = PointSmoother(), PointSmoother()
    for i in range(90):
        smoother.step(i / 30, (0.0, 0.0))
    if kind == "lost":
        assert smoother.step(3.0, None) is None
    for i in range(20):
        t, p = 3.1 + shift + i / 30, (500.0 + 7 * (-1) ** i, 100.0)
        assert smoother.step(t, p) == pytest.approx(fresh.step(t, p))


def test_smoothing_does_not_mind_where_time_begins():
    points = [(float(i % 3), float(i % 5)) for i in range(30)]
    a, b = PointSmoother(), PointSmoother()
    from_zero = [a.step(i / 60, p) for i, p in enumerate(points)]
    later = [b.step(1000 + i / 60, p) for i, p in enumerate(points)]
    assert np.allclose(from_zero, later, atol=1e-6)
