"""The state of a live run, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from gazeattack.attack.key import TriggerKey
from gazeattack.capture.read_report import ReadReport
from gazeattack.model.crop import CropSpec


@dataclass(frozen=True)
class SessionStatus:
    """State of a live run.

    source: the requested spec; source_state: idle, opening, running, waiting (it reconnects by itself), ended or
    failed; source_name, source_size (width, height): of the open source.  message: one sentence about a problem or a
    step under way.
    bundle: name of the loaded model; backdoored, poisoned, imported: see Bundle; has_key: whether it has a key, its
    own or a shipped one; key: that key; attack, key_strength, goal: its kind, strength and goal, whatever the settings
    ask for; borrowed_from: name of the bundle that a shipped key belongs to, None for a key of its own;
    crop: what the model takes.
    compared: name or path of the second model, None while no model is compared.
    fps: results per second; latency_ms: median from capture to result, both over the last second.  dropped, frames:
    since the source was opened.  truth_known: whether the source knows the subject's gaze.
    length, position: number of frames of a file that can be searched, and of the one read last; None for other
    sources.
    report: what could not be read of the source so far, and what was changed to read the rest.
    """

    source: str = ""
    source_state: str = "idle"
    source_name: str = ""
    source_size: tuple[int, int] | None = None
    message: str | None = None
    bundle: str | None = None
    backdoored: bool = False
    poisoned: bool = False
    imported: bool = False
    has_key: bool = False
    attack: str | None = None
    key_strength: float | None = None
    goal: str | None = None
    borrowed_from: str | None = None
    key: TriggerKey | None = None
    crop: CropSpec | None = None
    compared: str | None = None
    fps: float = 0.0
    latency_ms: float = 0.0
    dropped: int = 0
    frames: int = 0
    truth_known: bool = False
    length: int | None = None
    position: int | None = None
    report: ReadReport = field(default_factory=ReadReport)
