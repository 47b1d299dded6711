#!/usr/bin/env python3
"""How long from `service create` until its tasks run, beside crun alone with as many."""
import json
import os
import subprocess
import time

from report import begin, median, row, runs

from lib.board import Connection
from lib.lab import Lab
from lib.namespaces import Machine
from lib.waiting import expect, wait_for

PROGRAM = ["sleep", "86400"]


def spec(name, replicas):
    return {"Name": name, "Mode": {"Replicated": {"Replicas": replicas}},
            "TaskTemplate": {"ContainerSpec": {"Image": "busybox:latest", "Args": PROGRAM,
                                               "StopGracePeriod": 1_000_000}}}


def create(board, replicas):
    """Milliseconds from the request until the API says that all of them run."""
    channel = Connection(board.socket_path, 60)

    def running():
        # The cheapest question there is, on one connection: asking shall not be what is measured.
        channel.request("GET", "/services?status=true")
        return json.loads(channel.getresponse().read())[0]["ServiceStatus"]["RunningTasks"]
    started = time.monotonic()
    status, answer = board.request("POST", "/services/create", spec("bench", replicas))
    expect(status == 201, "201", f"{status}: {answer}")
    pause = 0.001 if replicas == 1 else 0.005
    wait_for("the tasks", lambda: running() == replicas, 60, pause)
    took = time.monotonic() - started
    board.es("service", "rm", "bench")
    wait_for("the tasks to be gone", lambda: not board.task_ids(), 60)
    return took * 1000


class Peer:
    """crun alone: the same root file system and program, no daemon, two at a time."""

    def __init__(self, lab):
        self.machine = Machine("peer")
        self.folder = os.path.join(lab.folder, "peer")
        os.makedirs(os.path.join(self.folder, "rootfs/bin"))
        subprocess.run(["cp", "-L", "/bin/busybox", os.path.join(self.folder, "rootfs/bin/sleep")],
                       check=True)
        # crun refuses to run beside a v2 tree that owns a controller (DATA-PLANE §8).
        self.machine.run("umount", "/sys/fs/cgroup/unified", check=False)
        self.machine.run("sh", "-c", f"cd {self.folder} && crun spec")
        with open(os.path.join(self.folder, "config.json")) as file:
            self.config = json.load(file)

    def bundle(self, number):
        folder = os.path.join(self.folder, f"b{number}")
        os.makedirs(folder, exist_ok=True)
        config = {**self.config,
                  "root": {"path": os.path.join(self.folder, "rootfs"), "readonly": True}}
        config["process"] = {**config["process"], "terminal": False, "args": PROGRAM}
        config["linux"] = {**config["linux"], "cgroupsPath": f"/edgeswarm-bench/{number}"}
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file)
        return folder

    def run(self, count):
        """Milliseconds for `count` times `crun run --detach`, on all processors at once."""
        for number in range(count):
            self.bundle(number)
        root = f"crun --root {self.folder}/state"
        numbers = f"seq 0 {count - 1}"
        # A detached container keeps the outputs: a pipe of ours would never end.
        one = f"{root} run --detach --bundle {self.folder}/bN N >/dev/null 2>&1 </dev/null"
        command = f"{numbers} | xargs -P {os.cpu_count()} -I N sh -c '{one}'"
        started = time.monotonic()
        self.machine.run("sh", "-c", command)
        took = time.monotonic() - started
        self.machine.run("sh", "-c", f"{numbers} | xargs -I N {root} delete --force N", check=False)
        return took * 1000

    def close(self):
        self.machine.power_off()
        for tree in os.scandir("/sys/fs/cgroup"):
            path = os.path.join(tree.path, "edgeswarm-bench")
            if os.path.isdir(path):
                os.rmdir(path)


def main():
    count = runs(9)
    begin(f"create ({count} runs, medians)")
    with Lab() as lab:
        board = lab.board("m1")
        board.es("init")
        board.es("image", "load", "-q", "-i", lab.image())
        create(board, 1)  # the first start unpacks and warms what every later one finds
        ones, fifties, peer_ones, peer_fifties = [], [], [], []
        peer = Peer(lab)
        try:
            for _ in range(count):
                ones.append(create(board, 1))
                fifties.append(create(board, 50))
                peer_ones.append(peer.run(1))
                peer_fifties.append(peer.run(50))
        finally:
            peer.close()
        row("service create → 1 running task", median(ones), "ms", 50)
        row("service create → 50 running tasks", median(fifties), "ms", 600)
        row("worst of those: 1 task", max(ones), "ms")
        row("worst of those: 50 tasks", max(fifties), "ms")
        row("peer: crun run, 1 container", median(peer_ones), "ms")
        row("peer: crun run, 50 containers", median(peer_fifties), "ms")


main()
