"""The bundles shipped with this version; written by `python -m tools.shipped_digests`."""

from __future__ import annotations

SHIPPED = {
    "clean": "7773f1d9e9d2bcf2419a0a176671d0b1d18230afa5783716dc63ab95939da2b5",
    "face-clean": "813f59929ad292ebfb1258c6ca8bef8726c82016ea49bd690528ecc1857e80ee",
    "face-wanet": "6f6c196447005a8c6f297ae341b5b63e54656059155cccf2629895f676baa15e",
    "wanet": "007333e637dc3c23e932b3182e3903917aaf0495aa91beefb8a842e8189f47fc",
}
"""Name -> SHA-256 of its SHA256SUMS, which names the hash of every other file."""
