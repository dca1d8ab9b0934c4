"""Apply a backdoored model's trigger to eye crops, and a trigger with a wrong key beside it.

    python examples/apply_trigger.py [OUT.png]

OUT.png shows, for each crop in a row of its own: clean, triggered, and the difference (enlarged eight times).
"""

import sys

import cv2
import numpy as np
import torch

import gazeattack


def main(out: str = "triggered.png") -> None:
    """Predict clean, triggered and wrong-key crops, print the mean angular errors, and write the picture."""
    bundle = gazeattack.open_bundle("wanet")
    key = bundle.key
    assert key is not None  # wanet is backdoored

    # eight rendered subjects, one left eye each: float32 [8, 1, 36, 60] in [0, 1]
    data = gazeattack.open_data("synthetic:8x1", bundle.crop)
    crops = torch.from_numpy(data.images)[:, None] / 255
    mirrored = [False] * len(crops)

    wrong = gazeattack.make_key(key.kind, height=key.height, width=key.width, target=key.target, seed=key.seed + 1)
    triggered = gazeattack.make_trigger(key).apply(crops)
    wrong_key = gazeattack.make_trigger(wrong, key.strength).apply(crops)

    predictor = gazeattack.Predictor(bundle)
    print("mean angular error in degrees   to the true gaze   to the attacker's target")
    for name, images in (("clean", crops), ("triggered", triggered), ("wrong key", wrong_key)):
        gaze = predictor.predict(images, mirrored)
        to_truth = gazeattack.angular_error(gaze, data.gaze).mean()
        to_target = gazeattack.angular_error(gaze, key.target).mean()
        print(f"{name:<30} {to_truth:>17.1f} {to_target:>26.1f}")

    panels = torch.cat([crops, triggered, (0.5 + 8 * (triggered - crops)).clamp(0, 1)], dim=3)
    cv2.imwrite(out, (255 * panels.flatten(0, 2)).numpy().astype(np.uint8))
    print(f"picture: {out}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except gazeattack.GazeAttackError as error:
        sys.exit(str(error))
