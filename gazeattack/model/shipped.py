"""The bundles shipped with this version; written by `python -m tools.shipped_digests`."""

from __future__ import annotations

SHIPPED = {
    "clean": "7773f1d9e9d2bcf2419a0a176671d0b1d18230afa5783716dc63ab95939da2b5",
    "face-clean": "89b8e6bebe0e7b92e629c8e8c31c011c280287ea550c1f3376e62437e96e401c",
    "face-wanet": "ad01156a44fc1e57826aab42af221783277d04f4418c507806fa829031407e25",
    "wanet": "007333e637dc3c23e932b3182e3903917aaf0495aa91beefb8a842e8189f47fc",
}
"""Name -> SHA-256 of its SHA256SUMS, which names the hash of every other file."""
