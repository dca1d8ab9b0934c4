"""What a source could not read, and what it changed to read the rest, in sentences for the user."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.terminal import on_one_line

_NAMED = 5  # skipped files that a sentence names


@dataclass(frozen=True)
class SkippedFile:
    """A file of a folder that gave no frame: its name, and the reason in a few words."""

    name: str
    reason: str


@dataclass(frozen=True)
class ReadReport:
    """What was read of a source so far; a source that loops counts its first pass.

    frames: frames that were read.  damaged: frames that could not be decoded.  missing: frames that the file announces
    after its last one, and absent: frames that are missing between others, by their times; both are known at the end.
    cut_s: (time of the last frame, announced duration), seconds, where the file announces a duration only and ends
    early.  skipped: files of a folder that gave no frame.  notices: sentences about what was changed, such as
    deinterlacing.  complete: whether the source was read to its end once.
    """

    frames: int = 0
    damaged: int = 0
    missing: int = 0
    absent: int = 0
    cut_s: tuple[float, float] | None = None
    skipped: tuple[SkippedFile, ...] = ()
    notices: tuple[str, ...] = ()
    complete: bool = False

    @property
    def lost(self) -> int:
        """Number of frames and files that gave no result."""
        return self.damaged + self.absent + self.missing + len(self.skipped)

    def sentences(self) -> tuple[str, ...]:
        """Everything a user must know, one sentence each; empty for a source that was read whole."""
        said = []
        if self.damaged or self.absent or self.missing or self.cut_s is not None:
            said.append(self._frames_sentence())
        if self.skipped:
            said.append(self._files_sentence())
        return (*said, *self.notices)

    def _frames_sentence(self) -> str:
        parts = []
        if self.damaged:
            parts.append(f"{self.damaged} {'was' if self.damaged == 1 else 'were'} damaged")
        if self.absent:
            parts.append(f"{self.absent} {'is' if self.absent == 1 else 'are'} missing in between")
        if self.missing:
            parts.append("the last is missing" if self.missing == 1 else f"the last {self.missing} are missing")
        if self.cut_s is not None:
            parts.append("the file ends at {:.1f} s of {:.1f} s".format(*self.cut_s))
        total = self.frames + self.damaged + self.absent + self.missing
        listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
        return f"{self.frames} of {total} frames could be read; {listed}."

    def _files_sentence(self) -> str:
        count, total = len(self.skipped), len(self.skipped) + self.frames
        named = ", ".join(f'"{on_one_line(file.name)}" ({file.reason})' for file in self.skipped[:_NAMED])
        more = f" and {count - _NAMED} more" if count > _NAMED else ""
        return f"{count} of {total} files {'was' if count == 1 else 'were'} skipped: {named}{more}."
