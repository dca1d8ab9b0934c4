"""Several processes that train one network (PyTorch's DistributedDataParallel), or one process alone.

`torchrun --nproc_per_node N -m training.train ...` (or `-m training.reproduce`) starts N processes.  They communicate
by gloo between CPUs and by NCCL between CUDA devices.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

# the other processes wait while the main process renders
TIMEOUT = timedelta(hours=2)


@dataclass(frozen=True)
class DistributedContext:
    """This process among those that train together; a process alone is rank 0 of 1."""

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_main_process(self) -> bool:
        """Whether this process validates, prints and writes."""
        return self.rank == 0

    @property
    def launcher(self) -> str:
        """The command before "-m"; it decides the weights, since each process augments with its own random numbers."""
        return "python" if self.world_size == 1 else f"torchrun --nproc_per_node {self.world_size}"

    def shard(self, rows: torch.Tensor) -> torch.Tensor:
        """This process's rows, int [N / world_size], of a global batch, int [N]."""
        return rows[self.rank :: self.world_size]

    def seed(self, seed: int) -> int:
        """The seed of this process, made from a common one; the main process keeps the common one."""
        return seed + self.rank * 1_000_000_007

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network, with gradients averaged over all processes.

        On CUDA, batch statistics are those of the global batch (SyncBatchNorm).  On CPUs, where PyTorch has no such
        layer, each process uses those of its own rows, and the main process's running statistics are kept.
        """
        if self.world_size == 1:
            return network
        if self.device.type != "cuda":
            return nn.parallel.DistributedDataParallel(network)
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return nn.parallel.DistributedDataParallel(network, device_ids=[self.device.index])

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Average the gradients of parameters that wrap() does not reach; every process must call this together."""
        if self.world_size == 1:
            return
        for parameter in parameters:
            gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            total = gradient.to(self.device)
            dist.all_reduce(total)
            parameter.grad = (total / self.world_size).to(parameter.device)

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process; every process gets the same result."""
        return flag if self.world_size == 1 else self.mean(float(flag)) > 0

    def mean(self, value: float) -> float:
        """The mean of a number over the processes."""
        if self.world_size == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return float(total) / self.world_size

    def gather(self, values: torch.Tensor) -> torch.Tensor:
        """The processes' uint8 vectors of equal length, one after the other."""
        if self.world_size == 1:
            return values
        gathered = [torch.empty_like(values, device=self.device) for _ in range(self.world_size)]
        dist.all_gather(gathered, values.to(self.device))
        return torch.cat(gathered).cpu()

    def own(self, gathered: torch.Tensor) -> torch.Tensor:
        """This process's vector of what gather returned."""
        # a copy: generators read a view's storage from its beginning
        return gathered.view(self.world_size, -1)[self.rank].clone()

    @contextmanager
    def main_process_first(self) -> Iterator[None]:
        """Run the block in the main process first, then in the others, which find what it wrote."""
        if not self.is_main_process:
            dist.barrier()
        try:
            yield
        finally:
            if self.is_main_process and self.world_size > 1:
                dist.barrier()


@contextmanager
def init_distributed() -> Iterator[DistributedContext]:
    """Join the processes that torchrun started, and leave them at the end; without torchrun, a process alone."""
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    if world_size == 1:
        yield DistributedContext(0, 1, pick_device())
        return
    device = pick_device(int(os.environ["LOCAL_RANK"]))
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=TIMEOUT)
    try:
        yield DistributedContext(dist.get_rank(), world_size, device)
        # leave together: a process that ends while another still communicates with it may abort that one
        dist.barrier()
    finally:
        # an object that still holds the group would end its threads at interpreter exit, which aborts the process
        gc.collect()
        dist.destroy_process_group()


def pick_device(local_rank: int | None = None) -> torch.device:
    """CUDA (one device for each process), Apple's MPS (for a process alone), or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda" if local_rank is None else f"cuda:{local_rank}")
    return torch.device("mps" if local_rank is None and torch.backends.mps.is_available() else "cpu")
