"""The file of a person's blind test: one CSV row per trial, readable by its owner alone, without any picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from gazeattack.blind_test.plan import CHOICES
from gazeattack.errors import DataError, OutputError
from gazeattack.files import regular_file, write_whole
from gazeattack.terminal import csv_text

FORMAT = "gazeattack-abx-1"
MOST_BYTES = 2**24
MOST = 1e6  # of a strength, or of seconds
LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Answer:
    """One trial with its answer.

    person: a code, no name.  source: what the crops are from.  model, seed: of the test.  choices: crops per trial.
    attack: see attack_name.  strength: in the unit of the attack's kind; relative_strength: of the key's own.
    pixel_change: mean absolute difference, as a share of the range.  answer, chosen: place of the triggered crop and of
    the chosen one, from 1.  seconds: until the answer.
    """

    person: str
    source: str
    model: str
    seed: int
    choices: int
    trial: int
    attack: str
    strength: float
    relative_strength: float
    pixel_change: float
    answer: int
    chosen: int
    seconds: float

    @property
    def correct(self) -> bool:
        """Whether the triggered crop was chosen."""
        return self.answer == self.chosen


_TYPES = {"str": str, "int": int, "float": float}
COLUMNS = ("format", *(field.name for field in fields(Answer)), "correct")


def write_results(path: Path, answers: Sequence[Answer]) -> None:
    """Write a test into a new file that only its owner can read.

    Raises:
        OutputError: where there is a file of that name, or it cannot be written.
    """
    if path.exists():
        raise OutputError(f"{path} exists: give the name of a new file.")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for answer in answers:
        cells = [
            csv_text(v) if isinstance(v, str) else f"{v:.6g}" if isinstance(v, float) else v
            for v in asdict(answer).values()
        ]
        table.writerow([FORMAT, *cells, int(answer.correct)])
    try:
        write_whole(path, text.getvalue().encode(), private=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror or error}): choose another file.") from None


def read_results(path: Path) -> list[Answer]:
    """Read a test.

    Raises:
        DataError: where the file is missing, or is no such table.
    """
    try:
        if regular_file(path).stat().st_size > MOST_BYTES:
            raise ValueError
        with path.open(encoding="utf-8", newline="") as table:
            answers = [_answer(row) for row in csv.DictReader(table)]
    except FileNotFoundError:
        raise DataError(f"There is no file {path}: give the results of a blind test.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check the file.") from None
    except (ValueError, KeyError, TypeError, csv.Error):
        raise DataError(
            f"{path} is not the result of a blind test: give a CSV file that the blind test wrote."
        ) from None
    if not answers:
        raise DataError(f"{path} holds no trial: give the results of a finished blind test.")
    return answers


def read_all(paths: Sequence[Path]) -> list[Answer]:
    """The answers of all files; a file that is named twice counts once.

    Raises:
        DataError: where a file is none of the blind test, a folder holds none, or two files are the same test.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        found = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not found:
            raise DataError(f"{path} holds no CSV file: give the results of a blind test.")
        files.update({file.resolve(): file for file in found})
    answers: list[Answer] = []
    seen: dict[tuple[str, int], Path] = {}
    for file in files.values():
        test = read_results(file)
        same = seen.setdefault((test[0].person, test[0].seed), file)
        if same is not file:
            raise DataError(f"{file} and {same} are the same test: give it once.")
        answers += test
    return answers


def _answer(row: dict[str, str]) -> Answer:
    """Raises ValueError, KeyError or TypeError for a row that no test can have."""
    if row["format"] != FORMAT:
        raise ValueError("another format")
    answer = Answer(**{field.name: _TYPES[str(field.type)](row[field.name]) for field in fields(Answer)})
    numbers = (answer.strength, answer.relative_strength, answer.pixel_change, answer.seconds)
    places = range(1, answer.choices + 1)
    if (
        answer.choices not in CHOICES
        or answer.answer not in places
        or answer.chosen not in places
        or not all(0 <= number <= MOST for number in numbers)
        or any(len(name) > LONGEST for name in (answer.person, answer.source, answer.model, answer.attack))
        or int(row["correct"]) != answer.correct
    ):
        raise ValueError("impossible numbers")
    return answer
