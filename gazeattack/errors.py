"""Errors for users: one sentence that states the problem and what to do about it."""


class GazeAttackError(Exception):
    """Base of every error that a user can cause or fix; its text is shown as it is, without a traceback."""


class SourceError(GazeAttackError):
    """A frame source cannot be opened or has failed; `retry` says whether it may come back by itself."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class LandmarkerError(GazeAttackError):
    """The face landmarker's model file is missing, wrong, or cannot be fetched."""


class BundleError(GazeAttackError):
    """A model bundle is missing, damaged, or does not fit what it is asked to do."""


class KeyMismatchError(BundleError):
    """A trigger key does not match the bundle it is used with."""


class OutputError(GazeAttackError):
    """An output file or folder cannot be written."""


class DataError(GazeAttackError):
    """Gaze data is missing, damaged, or not in the expected format."""


class ZonesError(GazeAttackError):
    """A layout of zones is missing, damaged, or inconsistent."""


class MonitorError(GazeAttackError):
    """A safety monitor does not exist, or cannot be set up as requested."""


class CalibrationError(GazeAttackError):
    """A screen calibration is too inaccurate to use, or its file is missing or damaged.

    points: numbers of the calibration points that failed; empty for other errors.
    """

    def __init__(self, message: str, *, points: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.points = points
