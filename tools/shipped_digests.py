"""Write gazeattack/model/shipped.py, the digests of the bundles in resources/bundles; run it after they change.

python -m tools.shipped_digests            write the file
python -m tools.shipped_digests --check    exit with 1 where it is not current
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gazeattack.log_level import add_log_level
from gazeattack.model.bundle_files import sums_sha256, verify_bundle
from gazeattack.model.catalogue import bundle_paths

TARGET = Path(__file__).resolve().parent.parent / "gazeattack" / "model" / "shipped.py"
HEAD = '''"""The bundles shipped with this version; written by `python -m tools.shipped_digests`."""

from __future__ import annotations

SHIPPED = {
'''
FOOT = '''}
"""Name -> SHA-256 of its SHA256SUMS, which names the hash of every other file."""
'''


def content() -> str:
    """The file's text.  Raises BundleError where a bundle is damaged."""
    lines = []
    for name, path in bundle_paths().items():
        verify_bundle(path)
        lines.append(f'    "{name}": "{sums_sha256(path)}",\n')
    return HEAD + "".join(lines) + FOOT


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return the exit status."""
    parser = argparse.ArgumentParser(prog="tools.shipped_digests", description="Write the digests of shipped bundles.")
    parser.add_argument("--check", action="store_true", help="only compare")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.check:
        current = TARGET.read_text(encoding="utf-8") == content()
        print(f"{TARGET.name} is {'current' if current else 'old: run python -m tools.shipped_digests'}.")
        return 0 if current else 1
    TARGET.write_text(content(), encoding="utf-8")
    print(f"Wrote {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
