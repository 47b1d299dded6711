#!/usr/bin/env python3
"""What daemons cost that have nothing to do: three managers, two workers, 20 tasks on one."""
import os
import time

from report import begin, median, row, runs

from lib.lab import Lab
from lib.programs import STAYS

MANAGERS, WORKERS = ("m1", "m2", "m3"), ("w1", "w2")


def pss_mib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def cpu_ns(pid):
    """Of all threads, exact: the ticks of /proc/PID/stat are too coarse for an idle process."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
            total += int(file.read().split()[0])
    return total


def written_bytes(pid):
    with open(f"/proc/{pid}/io") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("write_bytes:"))


def start_ms(board):
    board.stop_daemon()
    started = time.monotonic()
    board.start_daemon()
    return (time.monotonic() - started) * 1000


def main():
    window = runs(30)
    begin(f"idle ({window} s watched)")
    # Each board has a binary of its own: daemons that share the pages of one file would each be
    # charged a fifth of them.
    with Lab(own_binaries=True) as lab:
        lab.form()
        row("size of the binary", os.path.getsize(lab.binary) / 1e6, "MB", 4, digits=2)
        row("start → API answers, of a member, median",
            median([start_ms(lab["w2"]) for _ in range(5)]), "ms", 70)
        lab.wait_ready(MANAGERS + WORKERS, 3)
        manager = lab["m1"]
        manager.es("service", "create", "--name", "twenty", "--replicas", "20", "--constraint",
                   "node.hostname==w1", *STAYS, timeout=120)
        pids = {name: board.pid for name, board in lab.boards.items()}
        before = {name: (cpu_ns(pid), written_bytes(pid)) for name, pid in pids.items()}
        began = time.monotonic()
        time.sleep(window)  # the measurement itself, not a wait for something
        elapsed = time.monotonic() - began
        cpu = {name: (cpu_ns(pid) - before[name][0]) / elapsed / 1e7 for name, pid in pids.items()}
        days = elapsed / 86_400
        disk = {name: (written_bytes(pids[name]) - before[name][1]) / days / 1e6 for name in pids}
        row("manager at idle, PSS (largest of three)",
            max(pss_mib(pids[name]) for name in MANAGERS), "MiB", 8, digits=1)
        row("worker at idle, PSS", pss_mib(pids["w2"]), "MiB", 5, digits=1)
        row("worker with 20 tasks, PSS", pss_mib(pids["w1"]), "MiB", digits=1)
        shims = [pss_mib(pid) for pid in lab["w1"].shims()]
        row(f"monitor of a running task, PSS (mean of {len(shims)})", sum(shims) / len(shims),
            "MiB", 0.2, digits=3)
        row("processor at idle, manager (the leader)", cpu[lab.leader().name], "%", 0.1, digits=3)
        row("processor at idle, worker", cpu["w2"], "%", digits=3)
        row("disk at idle in a day, manager", max(disk[name] for name in MANAGERS), "MB", 1,
            digits=2)
        row("disk at idle in a day, worker", disk["w2"], "MB", 1, digits=2)


main()
