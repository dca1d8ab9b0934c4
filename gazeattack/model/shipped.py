"""The bundles shipped with this version; written by `python -m tools.shipped_digests`."""

from __future__ import annotations

SHIPPED = {
    "clean": "bde4f55f44a77e82e5e7addeb38fb237a546fb8d6c5ba5475144d17476cadecb",
    "clean-points": "464e0901884d8a53ecc88ad38efd22cb5040725ebe19eb3fc412def3322b3dae",
    "wanet": "828959f4ade6cb2c1c316eb1b0daf49bd9113bb7659f559d09073729b05d3e72",
    "wanet-points": "5dc40bef45956d887d29e3729258bd6c5d184a9b02b31177d0aff111002542ed",
}
"""Name -> SHA-256 of its SHA256SUMS, which names the hash of every other file."""
