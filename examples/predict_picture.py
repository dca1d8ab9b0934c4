"""Predict the gaze of the face in one picture.

    python examples/predict_picture.py [PICTURE]

PICTURE is an image file or any other source that `gazeattack run --source` takes; without it, a synthetic face is
rendered.
"""

import sys

import gazeattack


def main(picture: str = "synthetic") -> None:
    """Print the predicted gaze in degrees."""
    bundle = gazeattack.open_bundle("clean")
    landmarker = gazeattack.find_landmarker()  # downloads 3.8 MB the first time
    with (
        gazeattack.open_source(picture) as source,
        gazeattack.Pipeline(bundle, landmarker_model=landmarker) as pipeline,
    ):
        frame = source.read()
        if frame is None:
            sys.exit(f"{source.name} has no frame.")
        result = pipeline.step(frame)
    if result.clean is None:
        sys.exit(result.notice)
    pitch, yaw = result.clean.gaze.degrees
    print(f"pitch {pitch:+.1f} degrees (positive is up), yaw {yaw:+.1f} degrees (positive is left in the image)")
    if frame.truth is not None:
        print(f"angular error {gazeattack.angular_error(result.clean.gaze, frame.truth):.1f} degrees")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except gazeattack.GazeAttackError as error:
        sys.exit(str(error))
