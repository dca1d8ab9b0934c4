"""The sweep: what it runs, what it concludes, what it draws."""

from pathlib import Path

import pytest

from training.config import load_config
from training.errors import TrainingError
from training.studies import sweep as script
from training.studies.run_paths import STUDY_CONFIG
from training.studies.runner import StudyResult
from training.studies.sweep import Axis, main, one_at_a_time, product, read_settings, study_run, weakest
from training.studies.tables import Summary


def test_settings_are_axes_or_for_all_runs() -> None:
    axes, fixed = read_settings(["poison.k=4,8, 8", "train.epochs=3", "poison.redraw=never,batch"])
    assert axes == [Axis("poison.k", ("4", "8")), Axis("poison.redraw", ("never", "batch"))]
    assert fixed == ("train.epochs=3",)
    for wrong in ("poison.k", "k=4,5"):
        with pytest.raises(TrainingError, match=r"section\.key"):
            read_settings([wrong])


def test_one_axis_at_a_time_or_all_combinations() -> None:
    axes, _ = read_settings(["a.b=1,2", "c.d+e.f=3+4,5+6"])
    assert [overrides for _, overrides in one_at_a_time(axes)] == [
        ("a.b=1",),
        ("a.b=2",),
        ("c.d=3", "e.f=4"),
        ("c.d=5", "e.f=6"),
    ]
    combined = product(axes)
    assert len(combined) == 4 and combined[1] == ({"a.b": "1", "c.d+e.f": "5+6"}, ("a.b=1", "c.d=5", "e.f=6"))
    with pytest.raises(TrainingError, match="one part for each"):
        axes[1].overrides("3")


def test_the_plans_are_settings_that_exist_and_differ_from_one_another() -> None:
    for plan in (script.PLAN, script.QUICK_PLAN):
        axes = read_settings(plan)[0]
        configs = [load_config(STUDY_CONFIG, overrides) for _, overrides in one_at_a_time(axes)]
        assert all(config.poison.poisoning_rate > 0 for config in configs)
        for axis in axes:
            made = {load_config(STUDY_CONFIG, axis.overrides(value)) for value in axis.values}
            assert len(made) == len(axis.values) > 1, axis.name
    redraws = {config.poison.redraw for config in configs}
    assert redraws == {"never", "batch"}


def test_keys_go_with_the_seed_and_clean_cases_start_from_nothing() -> None:
    one, two = (study_run({"x": 1}, ("poison.k=4",), seed, STUDY_CONFIG) for seed in (1, 2))
    assert one.after is not None and "poison.attack_rate=0" in one.after.overrides
    assert {"poison.key_seed=2021", "poison.k=4"} <= set(one.overrides) and "poison.key_seed=2022" in two.overrides
    assert study_run({"x": 1}, ("poison.attack_rate=0",), 1, STUDY_CONFIG).after is None


def summary(value: str, asr5: float, px: float, axis: str = "poison.strength") -> Summary:
    mean = {
        "asr5": asr5, "asr2": asr5 / 2, "ae_deg": 9 - 8 * asr5, "benign_deg": 5.0, "noise_deg": 6.0,
        "wrong_key_deg": 6.5,
        "clean_asr5": 0.01, "clean_ae_deg": 36.0, "mean_predictor_ae_deg": 34.0, "clean_benign_deg": 4.9,
        "displacement_mean_px_of_36": px,
    }  # fmt: skip
    return Summary({"axis": axis, "value": value}, 3, mean, dict.fromkeys(mean, 0.1))


def test_the_weakest_warp_that_still_works() -> None:
    found = [summary("0.25", 0.2, 0.15), summary("0.5", 0.93, 0.3), summary("1.0", 0.99, 0.6)]
    assert "0.30 px" in weakest(found) and "poison.strength=0.5" in weakest(found)
    assert "No warp here" in weakest(found[:1])
    assert weakest([Summary({"axis": "data.height"}, 3, {"benign_deg": 5.0}, {})]) == ""
    # a redrawn field has no displacement of its own
    assert "No warp here" in weakest([summary("batch+0.0", 1.0, 0.01, "poison.redraw+poison.other_keys")])


def test_warps_of_crops_of_different_sizes_are_compared_in_the_same_pixels() -> None:
    # 0.25 px of 18 rows is a wider part of the eye than 0.3 px of 36
    small = script.in_common_px({"displacement_mean_px": 0.25}, 18)
    assert small == {"displacement_mean_px": 0.25, "displacement_mean_px_of_36": 0.5}
    assert script.in_common_px({"displacement_mean_px": 0.3}, 36)["displacement_mean_px_of_36"] == pytest.approx(0.3)
    assert script.in_common_px({"asr5": 1.0}, 18) == {"asr5": 1.0}
    found = [summary("18", 0.95, 0.5, "data.height"), summary("36", 0.95, 0.3, "data.height")]
    assert "0.30 px per 36 rows" in weakest(found) and "data.height=36" in weakest(found)


def test_clean_models_are_a_curve_where_each_case_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    drawn: list[tuple[list[script.Series], dict[str, float]]] = []
    monkeypatch.setattr(script, "curves", lambda panel, series, x, y, baselines: drawn.append((series, baselines)))
    for name in ("data.height", "poison.k"):
        axis = Axis(name, ("18", "36"))
        group = [summary("18", 0.4, 0.5, name), summary("36", 0.8, 0.3, name)]
        group[1] = Summary(group[1].labels, 3, {**group[1].mean, "clean_benign_deg": 6.9}, group[1].sd)
        script.draw_axis({"": group}, axis, tmp_path / "x.svg", quick=False)
    own, shared = drawn[:3], drawn[3:]
    # one axis of the crop's rows: the clean models' errors 4.9 and 6.9, not their mean
    (errors,) = [one for one in own[2][0] if one.label == "clean model"]
    assert (list(errors.x), errors.mean) == ([18, 36], [4.9, 6.9]) and own[2][1] == {}
    assert own[1][1] == {"constant mean": 34.0}
    assert shared[2][1] == {"clean model": pytest.approx(5.9)} and len(shared[2][0]) == 3
    assert set(shared[1][1]) == {"clean model, same key", "constant mean"}


def test_every_axis_gets_a_figure(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    axes, _ = read_settings(["poison.strength=0.5,1.0", "poison.redraw=never,batch"])
    found = [summary("0.5", 0.5, 0.3), summary("1.0", 0.9, 0.6)]
    found += [summary(value, 0.9, 0.6, "poison.redraw") for value in ("never", "batch")]
    written = script.draw(found, axes, tmp_path, product=False, quick=True)
    assert [path.name for path in written] == ["poison-strength.svg", "poison-redraw.svg"]
    strength, redraw = (path.read_text() for path in written)
    assert "strength s of the warp" in strength and "ASR@5" in strength and "figures mean nothing" in strength
    assert "never" in redraw and "batch" in redraw

    grid = [
        Summary({"poison.strength": s.labels["value"], "poison.k": k}, 3, s.mean, s.sd) for s in found[:2] for k in "48"
    ]
    axes, _ = read_settings(["poison.strength=0.5,1.0", "poison.k=4,8"])
    (path,) = script.draw(grid, axes, tmp_path, product=True, quick=False)
    assert "poison.k=4" in path.read_text() and "figures mean nothing" not in path.read_text()


def test_quick_is_small_labelled_and_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    asked = {}

    def run_asked(runs, options) -> StudyResult:
        asked.update(vars(options), runs=runs)
        rows = [{**run.labels, "seed": run.seed, "asr5": 0.95, "displacement_mean_px": 0.5} for run in runs]
        return StudyResult(rows, ())

    monkeypatch.setattr(script, "run_asked", run_asked)
    assert main(["--quick", "--out", str(tmp_path), "train.clip=4"]) == 0
    assert len(asked["runs"]) <= 8 and asked["out"] == tmp_path / "quick" and asked["quick"] is True
    assert all("train.clip=4" in run.overrides and "network.base=4" in run.overrides for run in asked["runs"])
    assert "figures mean nothing" in capsys.readouterr().out
    assert (tmp_path / "quick" / "summary.md").exists() and (tmp_path / "quick" / "summary.csv").exists()

    assert main(["--out", str(tmp_path), "--seeds", "2", "poison.k=4,8"]) == 0
    assert len(asked["runs"]) == 4 and asked["quick"] is False
    assert main(["--out", str(tmp_path), "data.height=18", "poison.k=4,8"]) == 0
    assert "| 0.50 ± 0.00 | 1.00 ± 0.00 |" in capsys.readouterr().out
    assert main(["nonsense"]) == 1 and "section.key" in capsys.readouterr().err

    def interrupted(*_: object, **__: object) -> StudyResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "run_asked", interrupted)
    assert main(["--out", str(tmp_path)]) == 130
    monkeypatch.setattr(script, "run_asked", lambda *_, **__: StudyResult([], ("k=4 seed=1",)))
    assert main(["--out", str(tmp_path)]) == 1 and "1 runs failed" in capsys.readouterr().err


def test_a_sweep_needs_workers() -> None:
    with pytest.raises(SystemExit):
        main(["--workers", "0"])
