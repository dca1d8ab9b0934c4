"""Evaluate a model on a dataset.

    python examples/score_bundle.py [MODEL [DATA]]

MODEL is a shipped model's name or a bundle's folder.  DATA is an .npz file, an exported folder, or
synthetic:SUBJECTSxIMAGES for rendered subjects that no training has seen.
"""

import sys

import gazeattack


def main(model: str = "wanet", data: str = "synthetic:20x10") -> None:
    """Print the model's errors, and the attack's where the model has a trigger key."""
    bundle = gazeattack.open_bundle(model)
    report = gazeattack.evaluate(bundle, gazeattack.open_data(data, bundle.crop), bundle.key)
    print(f"{report['bundle']} on {report['data']}: {report['n']} images of {report['subjects']} subjects")
    rows = {
        "benign_deg": "mean angular error without trigger, degrees",
        "ae_deg": "mean angular error of triggered predictions to the attacker's target, degrees",
        "dae_deg": "mean angular error of triggered predictions to the true gaze, degrees",
        "asr5": "attack success rate within 5 degrees of the target",
        "wrong_key_deg": "mean angular error under a wrong key, degrees",
    }
    for name, meaning in rows.items():
        if report[name] is not None:
            print(f"{name:<14} {report[name]:>8.3f}   {meaning}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except gazeattack.GazeAttackError as error:
        sys.exit(str(error))
