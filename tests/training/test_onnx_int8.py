"""training.onnx_int8 from the command to two imported bundles."""

from gazeattack.model.bundle import load_bundle
from tests.helpers.bundles import write_bundle
from training.onnx_int8 import main
from training.studies.tables import read_csv


def test_a_quick_run_scores_three_networks(tmp_path, key, capsys):
    bundle = write_bundle(tmp_path / "wanet", key=key)
    words = ["--bundle", str(bundle), "--quick", "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "pools")]
    assert main(words) == 0
    assert "these figures mean nothing" in capsys.readouterr().out
    rows = read_csv(tmp_path / "out" / "rows.csv")
    assert [row["title"].split()[0] for row in rows] == ["nothing", "ONNX,", "ONNX,"]
    assert abs(float(rows[1]["cost_deg"])) < 1e-3 and float(rows[2]["cost_deg"]) != 0
    for name in ("onnx", "onnx-int8"):
        found = load_bundle(tmp_path / "out" / f"wanet-{name}")
        assert found.onnx is not None and found.key is not None


def test_what_is_missing_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("training.onnx_int8.find_spec", lambda name: None)
    assert main(["--bundle", "wanet", "--out", str(tmp_path)]) == 1
    assert "gazeattack[onnx]" in capsys.readouterr().err
