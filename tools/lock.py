"""Write tools/requirements.lock: the version and the hashes of every package that `make run` and `make test` install.

    python -m tools.lock        needs uv (pip install uv)

Left out is torch with what comes with it (CUDA, Triton): tools/setup.sh takes its CPU build from another index, with
other hashes.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "requirements.lock"
LEFT_OUT = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
HEAD = """\
# Every package that `make run` and `make test` install, but torch; written by `python -m tools.lock`.
# tools/setup.sh installs these versions where they fit, else the newest that pyproject.toml allows.
"""
COMPILE = (
    "uv", "pip", "compile", "pyproject.toml", "--extra", "dev", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-header", "--no-annotate", "--quiet",
)  # fmt: skip


def keep(text: str) -> str:
    """A lock's text without the packages that are left out; an entry's hashes are the indented lines below it."""
    kept, lines = True, []
    for line in text.splitlines():
        if line and not line[0].isspace():
            kept = LEFT_OUT.match(line) is None
        if kept:
            lines.append(line)
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Run the command; returns the exit status."""
    try:
        found = subprocess.run(COMPILE, cwd=ROOT, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        print("tools.lock: uv is missing: pip install uv", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"tools.lock: {error.stderr.strip()}", file=sys.stderr)
        return 1
    LOCK.write_text(keep(found.stdout), encoding="utf-8")
    print(f"Wrote {LOCK.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
