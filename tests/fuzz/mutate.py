"""Damage to bytes and to JSON, all of it decided by a seed."""

from __future__ import annotations

import json
import math
from copy import deepcopy
from random import Random
from typing import Any

WORDS = (
    b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"nan", b"-inf", b"1e308", b"-1", b"10000000000000000000000", b"[" * 5000,
    b"\x1b[2J", b"=HYPERLINK(1)", b"<img src=x>", b"../../x", b"\r", b"\n\n", b",,,,", b'"', b"{", b"}}",
    b"\x7f\xff\xff\xff", b"9" * 400, b"1e999",
)  # fmt: skip
VALUES = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**400, math.nan, math.inf, -1e308, 1e-320, "", "x" * 10_000, "\ud800",
    "\x1b[2J",
    "../../x", [], [[]], {}, {"a": {}}, [0] * 1000,
)  # fmt: skip
MOST = 6


def damage_bytes(data: bytes, random: Random) -> bytes:
    """Change, cut, insert, repeat or swap a few places."""
    made = bytearray(data)
    for _ in range(random.randint(1, MOST)):
        place, length = random.randrange(len(made) + 1), random.choice((1, 2, 4, 16, 256))
        kind = random.randrange(7)
        if kind == 0 and made:
            made[place - 1] ^= 1 << random.randrange(8)
        elif kind == 1:
            made[place : place + length] = random.randbytes(length)
        elif kind == 2:
            del made[place : place + length]
        elif kind == 3:
            made[place:place] = random.choice(WORDS)
        elif kind == 4:
            made[place:place] = made[place : place + length] * random.choice((1, 2, 20))
        elif kind == 5:
            del made[place:]
        else:
            made[place : place + length] = random.choice((b"\0", b"\xff", b"9")) * length
    return bytes(made)


def damage_json(text: bytes, random: Random) -> bytes:
    """Replace, remove or add a few values; the result is JSON still."""
    tree = json.loads(text)
    for _ in range(random.randint(1, 3)):
        holders = list(_holders(tree))
        if not holders:
            break
        holder = random.choice(holders)
        key: Any = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        kind = random.randrange(3)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[random.choice(("x", "", str(key) + "s"))] = _value(random)
        else:
            holder[key] = _value(random)
    return json.dumps(tree).encode()


def _value(random: Random) -> Any:
    # a copy: the next change may be made inside it
    return deepcopy(random.choice(VALUES))


def _holders(tree: Any) -> Any:
    if isinstance(tree, dict | list) and tree:
        yield tree
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from _holders(value)
