"""Checkpoints without pickle: tensors as safetensors, numbers in its JSON metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from gazeattack.files import regular_file, write_whole
from gazeattack.parsing import parse_json
from training.engine.distributed import DistributedContext
from training.errors import TrainingError

FORMAT = "gazeattack-checkpoint-1"


def save_checkpoint(
    path: Path,
    *,
    modules: Mapping[str, torch.nn.Module],
    optimizer: torch.optim.Optimizer,
    tensors: Mapping[str, torch.Tensor],
    numbers: Mapping[str, Any],
) -> None:
    """Write all that a run needs to continue; an interrupted write leaves the old checkpoint as it was.

    Args:
        path: the file.
        modules: by their names in the file.
        optimizer: its state is written, its settings are not.
        tensors: more tensors, such as the generators' states.
        numbers: JSON values.
    """
    flat = {f"tensor/{name}": value for name, value in tensors.items()}
    for name, module in modules.items():
        flat |= {f"module/{name}/{key}": value for key, value in module.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        flat |= {f"optimizer/{index}/{key}": torch.as_tensor(value) for key, value in state.items()}
    plain = {name: value.detach().cpu().contiguous().clone() for name, value in flat.items()}
    write_whole(path, save(plain, metadata={"format": FORMAT, "numbers": json.dumps(dict(numbers))}))


def save_state(
    path: Path,
    modules: Mapping[str, torch.nn.Module],
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    numbers: Mapping[str, Any],
    context: DistributedContext | None = None,
) -> None:
    """Write a checkpoint after which the next step is the one that an uninterrupted run would take.

    Args:
        context: gathers the generators of all processes, each of which must call this; None takes this process's alone.
    """
    tensors = {"generator": generator.get_state(), "torch": torch.get_rng_state()}
    if context is not None:
        tensors = {name: context.gather(state) for name, state in tensors.items()}
        if not context.is_main_process:
            return
    save_checkpoint(
        path,
        modules=modules,
        optimizer=optimizer,
        tensors=tensors,
        numbers=numbers,
    )


def load_checkpoint(
    path: Path, *, modules: Mapping[str, torch.nn.Module], optimizer: torch.optim.Optimizer
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Restore modules and optimizer in place.

    Returns:
        The saved (tensors, numbers).

    Raises:
        TrainingError: the file is missing, or is not a checkpoint of this run.
    """
    try:
        with safe_open(regular_file(path), framework="pt") as file:
            metadata = file.metadata() or {}
            flat = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a mapping)
        if metadata.get("format") != FORMAT:
            raise ValueError(FORMAT)
        if {name.split("/")[1] for name in flat if name.startswith("module/")} != set(modules):
            raise ValueError("other modules")
        for name, module in modules.items():
            prefix = f"module/{name}/"
            module.load_state_dict({k.removeprefix(prefix): v for k, v in flat.items() if k.startswith(prefix)})
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in flat.items():
            kind, _, rest = name.partition("/")
            if kind == "optimizer":
                index, _, key = rest.partition("/")
                state.setdefault(int(index), {})[key] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        numbers = parse_json(metadata["numbers"], finite=False)
    except (OSError, SafetensorError, ValueError, KeyError, RuntimeError):
        raise TrainingError(f"{path} is not a checkpoint of this run: delete it to start again.") from None
    tensors = {name.removeprefix("tensor/"): value for name, value in flat.items() if name.startswith("tensor/")}
    return tensors, numbers
