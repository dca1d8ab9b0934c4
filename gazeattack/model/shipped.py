"""The bundles shipped with this version; written by `python -m tools.shipped_digests`."""

from __future__ import annotations

SHIPPED = {
    "clean": "7773f1d9e9d2bcf2419a0a176671d0b1d18230afa5783716dc63ab95939da2b5",
    "face-clean": "410b175ca709a4b7f74bac6a8bc14e0ce4056e02fdd90fa7ffef5843b102eb82",
    "face-sticker": "76f021c4b5ad0228325b101c0345b4cc61b7f8cd933985774c61e4055f44b9ac",
    "face-wanet": "4de294f42a13efd9ab80b71d9a7f87fe3664673ec3dca3395785f9bf903a58b4",
    "wanet": "007333e637dc3c23e932b3182e3903917aaf0495aa91beefb8a842e8189f47fc",
}
"""Name -> SHA-256 of its SHA256SUMS, which names the hash of every other file."""
