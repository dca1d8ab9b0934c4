"""Names of the branches while two models are compared: each carries the name of its model."""

from __future__ import annotations

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.settings import TriggerMode

LONGEST = 16
WITH = {
    TriggerMode.NOISE: "noise mode",
    TriggerMode.WRONG_KEY: "wrong key",
}


def model_names(result: FrameResult) -> tuple[str, str]:
    """Names of the first and of the second model of a result that compares two, short enough for a legend."""
    assert result.compared is not None
    first, second = _short(result.bundle), _short(result.compared.bundle)
    return first, second if second != first else f"{second} (2)"


def without_trigger(model: str) -> str:
    """The branch without trigger of a model."""
    return f"{model}, no trigger"


def with_trigger(model: str, mode: TriggerMode) -> str:
    """The other branch of a model."""
    return f"{model}, {WITH.get(mode, 'with trigger')}"


def moved(model: str) -> str:
    """The angle between both branches of a model."""
    return f"{model}: gaze moved by"


def _short(name: str) -> str:
    """A name without its middle where it is long."""
    if len(name) <= LONGEST:
        return name
    half = (LONGEST - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
