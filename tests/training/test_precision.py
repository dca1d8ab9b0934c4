"""The precision in which networks train."""

from __future__ import annotations

import pytest
import torch

from training import precision


@pytest.mark.parametrize(("supported", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_layers_compute_in_bfloat16_only_where_the_processor_does(
    monkeypatch: pytest.MonkeyPatch, supported: bool, dtype: torch.dtype
) -> None:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: supported, raising=False)
    with precision.mixed_precision():
        assert torch.nn.Linear(2, 2)(torch.zeros(1, 2)).dtype == dtype


def test_a_torch_without_these_questions_computes_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    assert not precision.computes_bfloat16("cpu") and not precision.computes_bfloat16("mps")
