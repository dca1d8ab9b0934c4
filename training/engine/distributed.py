"""Several processes training one network (PyTorch's DistributedDataParallel), or one process alone.

Started by `torchrun --nproc_per_node N -m training.train ...`, or `training.reproduce`; gloo between CPUs, NCCL between
CUDA devices.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

# the first process may have to render a pool while the others wait for it
PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Team:
    """This process among all that train together; a process alone is rank 0 of 1, and nothing here changes it."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process validates, prints and writes."""
        return self.rank == 0

    @property
    def starter(self) -> str:
        """What was typed before "-m": it decides the weights, for each process augments in its own way."""
        return "python" if self.size == 1 else f"torchrun --nproc_per_node {self.size}"

    def share(self, rows: torch.Tensor) -> torch.Tensor:
        """This process's rows of a global batch: every size-th, so that all shares together are the batch."""
        return rows[self.rank :: self.size]

    def seed(self, seed: int) -> int:
        """A seed of this process's own; the first process keeps the one given."""
        return seed + self.rank * 1_000_000_007

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network with gradients averaged over the team.

        Batch statistics are the global batch's on CUDA (SyncBatchNorm); on CPUs, where PyTorch has none, each
        process uses its share's, and the first process's running statistics are kept.
        """
        if self.size == 1:
            return network
        if self.device.type != "cuda":
            return nn.parallel.DistributedDataParallel(network)
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return nn.parallel.DistributedDataParallel(network, device_ids=[self.device.index])

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process: all of them get the same answer."""
        return flag if self.size == 1 else self.mean(float(flag)) > 0

    def mean(self, value: float) -> float:
        """The mean of a number over the processes."""
        if self.size == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return float(total) / self.size

    def gather(self, values: torch.Tensor) -> torch.Tensor:
        """The processes' uint8 vectors of equal length, one after the other."""
        if self.size == 1:
            return values
        parts = [torch.empty_like(values, device=self.device) for _ in range(self.size)]
        dist.all_gather(parts, values.to(self.device))
        return torch.cat(parts).cpu()

    def own(self, gathered: torch.Tensor) -> torch.Tensor:
        """This process's vector of what gather returned."""
        # a copy: generators read a view's storage from its beginning
        return gathered.view(self.size, -1)[self.rank].clone()

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """Inside, the first process runs before all others: what it writes, they find."""
        if not self.leads:
            dist.barrier()
        try:
            yield
        finally:
            if self.leads and self.size > 1:
                dist.barrier()


@contextmanager
def join_team() -> Iterator[Team]:
    """The team that torchrun's environment names, left at the end; without torchrun, a process alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team(0, 1, pick_device())
        return
    device = pick_device(int(os.environ["LOCAL_RANK"]))
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Team(dist.get_rank(), size, device)
        # leave together: a process that goes while another still talks to it may abort that one
        dist.barrier()
    finally:
        # what still holds the group would end its threads at interpreter exit, which aborts the process
        gc.collect()
        dist.destroy_process_group()


def pick_device(local_rank: int | None = None) -> torch.device:
    """CUDA (of several processes, each its own), Apple's MPS (one process only), or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda" if local_rank is None else f"cuda:{local_rank}")
    return torch.device("mps" if local_rank is None and torch.backends.mps.is_available() else "cpu")
