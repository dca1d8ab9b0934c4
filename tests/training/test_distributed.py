"""Two processes training one network (gloo, on the CPU), and what a context does with its rows and numbers."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import training.train as script
from gazeattack.model.bundle import load_bundle
from training.config import load_config
from training.engine.distributed import DistributedContext
from training.engine.logs import MetricLogger

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "training" / "configs" / "wanet.toml"
CPU = torch.device("cpu")
TINY = (
    "data.portrait_subjects=0",
    "data.procedural_subjects=8",
    "data.per_subject=8",
    "data.valid_subjects=4",
    "data.valid_per_subject=4",
    "network.base=4",
    "network.hidden=8",
    "network.dropout=0",
    "train.batch=16",
    "train.epochs=2",
    "run.start=",
)
# what each process checks after training: the others' weights are its own
WORKER = """
import hashlib, os, signal, sys
import torch
import training.train as script
from torch import nn
from training.engine import trainer

steps, real = 0, trainer.update_ema
def update_and_interrupt(*arguments):
    global steps
    real(*arguments)
    steps += 1
    if steps == int(os.environ["INTERRUPT_AT"]) and os.environ["RANK"] == "1":
        os.kill(os.getpid(), signal.SIGINT)
trainer.update_ema = update_and_interrupt

networks, wrapped = [], script.DistributedContext.wrap
script.DistributedContext.wrap = lambda context, net: networks.append((context, net)) or wrapped(context, net)
left, stay = script.init_distributed, []
import contextlib
@contextlib.contextmanager
def join_and_compare():
    with left() as context:
        yield context
        _, network = networks[0]
        digest = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in network.parameters())).digest()
        digests = context.gather(torch.frombuffer(bytearray(digest), dtype=torch.uint8)).view(context.world_size, -1)
        if context.is_main_process:
            print("SAME" if (digests == digests[0]).all() else "DIFFERENT", context.world_size)
        networks.clear()
        del network
script.init_distributed = join_and_compare
sys.exit(script.main(sys.argv[1:]))
"""


def torchrun(*arguments: str | Path, interrupt_at: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "INTERRUPT_AT": str(interrupt_at)},
        capture_output=True,
        text=True,
        timeout=400,  # it takes 15 s, but not on a machine that is busy with other work
    )


def test_two_processes_train_one_network_and_write_once(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    out = tmp_path / "two"
    places = (f"run.out={out}", f"data.cache={tmp_path / 'pools'}", "train.pose_loss=0")
    done = torchrun(tmp_path / "worker.py", "--config", str(CONFIG), *TINY, *places)
    assert done.returncode == 0, done.stderr
    assert "SAME 2" in done.stdout
    assert done.stdout.count("Epoch 2/2, loss") == 1 and done.stdout.count("Wrote") == 1
    with (out / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    bundle = load_bundle(out / "wanet")
    assert bundle.key is not None and bundle.card["command"].startswith("torchrun --nproc_per_node 2 -m training.train")

    # a run that is cut in its second epoch and resumed takes the same steps, in each process
    cut = (f"run.out={tmp_path / 'cut'}", *places[1:])
    stopped = torchrun(tmp_path / "worker.py", "--config", str(CONFIG), *TINY, *cut, interrupt_at=6)
    assert stopped.returncode != 0 and not (tmp_path / "cut" / "wanet").exists()
    resumed = torchrun(tmp_path / "worker.py", "--config", str(CONFIG), "--resume", *TINY, *cut)
    assert resumed.returncode == 0, resumed.stderr
    weights, other = (load_bundle(folder / "wanet").network.state_dict() for folder in (out, tmp_path / "cut"))
    assert all(torch.equal(weights[name], other[name]) for name in weights)

    # 64 rows in global batches of 16: as many steps, at the same rates, as a process alone takes
    alone = script.train(load_config(CONFIG, (*TINY, f"run.out={tmp_path / 'one'}", places[1])), None)
    with (alone.parent / "log.csv").open() as file:
        assert [row["rate"] for row in csv.DictReader(file)] == [row["rate"] for row in rows]
    with pytest.raises(Exception, match="cannot be shared by 3"):
        script.train(load_config(CONFIG, TINY), None, context=DistributedContext(0, 3, CPU))


def test_two_processes_reproduce_the_pair_and_one_scores_it(tmp_path: Path) -> None:
    done = torchrun("-m", "training.reproduce", "--quick", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    for line in ("Stage 1/8", "Stage 8/8", "wanet on 60"):
        assert done.stdout.count(line) == 1
    assert done.stdout.count("Epoch 1/1") == 8
    card = load_bundle(tmp_path / "quick" / "wanet" / "wanet").card
    assert card["command"].startswith("torchrun --nproc_per_node 2 -m training.reproduce")


def test_shares_are_the_batch_and_seeds_differ() -> None:
    contexts = [DistributedContext(rank, 3, CPU) for rank in range(3)]
    rows = torch.arange(12)
    shares = [member.shard(rows) for member in contexts]
    assert [len(share) for share in shares] == [4, 4, 4] and sorted(torch.cat(shares).tolist()) == rows.tolist()
    assert len({member.seed(7) for member in contexts}) == 3 and contexts[0].seed(7) == 7


def test_a_process_alone_is_left_as_it_is() -> None:
    alone = DistributedContext(0, 1, CPU)
    network = torch.nn.Linear(2, 2)
    assert alone.wrap(network) is network and alone.is_main_process
    assert alone.any(True) and not alone.any(False) and alone.mean(0.1) == 0.1
    state = torch.get_rng_state()
    assert alone.gather(state) is state and torch.equal(alone.shard(state), state)


def test_each_process_gets_its_own_generator_back() -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in (3, 4)]
    gathered = torch.cat([generator.get_state() for generator in generators])
    for rank, generator in enumerate(generators):
        again = torch.Generator()
        again.set_state(DistributedContext(rank, 2, CPU).own(gathered))
        assert torch.equal(torch.rand(5, generator=again), torch.rand(5, generator=generator))


ROW = dict.fromkeys(("loss_deg", "benign_deg", "no_pose_deg", "rate", "samples_per_s", "seconds"), 1.0) | {
    name: float("nan") for name in ("attack_deg", "noise_deg", "wrong_key_deg")
}


def test_tensorboard_is_written_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = MetricLogger(tmp_path, keep_before=1)
    for epoch in (1, 2):
        log.add({**ROW, "epoch": epoch, "benign_deg": 4.5 / epoch}, 2)
    log.close()
    found = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(e.step, e.value) for e in found.Scalars("benign_deg")] == [(1, 4.5), (2, 2.25)]
    assert "attack_deg" not in found.Tags()["scalars"]


def test_csv_is_written_without_tensorboard_and_tqdm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    config = load_config(CONFIG, (*TINY, f"run.out={tmp_path / 'run'}", f"data.cache={tmp_path}", "train.epochs=1"))
    script.train(config, None)
    assert (tmp_path / "run" / "log.csv").is_file() and not (tmp_path / "run" / "tensorboard").exists()
