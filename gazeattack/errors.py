"""Errors meant for people: one sentence that says what is wrong and what to do."""


class GazeAttackError(Exception):
    """Base of every error a user can cause or mend; its text is shown as it stands, without a traceback."""


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
    """A trigger key does not belong to the bundle it is offered to."""


class OutputError(GazeAttackError):
    """What a run makes cannot be written."""


class DataError(GazeAttackError):
    """Gaze data that is missing, damaged, or not of the form that was expected."""


class ZonesError(GazeAttackError):
    """A layout of zones is missing, damaged, or makes no sense."""


class MonitorError(GazeAttackError):
    """A safety monitor that does not exist, or cannot be set up as asked."""


class CalibrationError(GazeAttackError):
    """A screen calibration that is too bad to use, or whose file is missing or damaged.

    points: numbers of the calibration points that failed, where it is about points.
    """

    def __init__(self, message: str, *, points: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.points = points
