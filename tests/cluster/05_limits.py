#!/usr/bin/env python3
"""Reservations are kept, limits are true, a wrong architecture is refused."""
import sys
sys.dont_write_bytecode = True

from lib.programs import STAYS, shell
from lib.suite import Skip, Suite
from lib.tidy import tidy
from lib.waiting import expect, wait_for

NODES = ("m1", "w1", "w2", "w3")
# A shell variable of 64 MiB: pages that are really written.
EATS_64_MIB = shell("x=$(head -c 67108864 /dev/zero | tr '\\0' x); sleep 1d")


def prepare(lab):
    for name in NODES:
        lab.board(name, "--offer-memory", "1g", "--offer-cpus", "2")
    lab.form(managers=NODES[:1], workers=NODES[1:])


suite = Suite(prepare, before_each=tidy)


def first(board, service, condition):
    return next((task for task in board.tasks(service) if condition(task)), None)


def needs_memory_controller(lab):
    if not lab["m1"].get("/info")["MemoryLimit"]:
        raise Skip("the memory controller is off on this machine")


@suite.test("the 17th task of 256 MiB on four offers of 1 GiB stays pending, with the reason")
def seventeenth(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "big", "--replicas", "17",
               "--reserve-memory", "256m", *STAYS)
    manager.wait_running("big", 16)
    expect(manager.placement("big") == dict.fromkeys(NODES, 4), "four on each node",
           manager.placement("big"))
    task = wait_for("the pending one",
                    lambda: first(manager, "big",
                                  lambda t: t["Status"]["State"] == "pending"
                                  and t["Status"].get("Err")))
    expect(task["Status"]["Err"] == "no suitable node (insufficient resources on 4 nodes)",
           "Swarm's words", task["Status"]["Err"])
    told = manager.es("service", "ps", "--no-trunc", "big")
    expect("insufficient resources on 4 nodes" in told, "the reason in service ps", told)


@suite.test("the pending task runs as soon as another one has gone")
def room_again(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "big", "--replicas", "4",
               "--reserve-memory", "1g", *STAYS)
    manager.wait_running("big", 4)
    manager.es("service", "create", "--detach", "--name", "late", "--reserve-memory", "512m",
               *STAYS)
    wait_for("a reason", lambda: first(manager, "late", lambda t: t["Status"].get("Err")))
    manager.es("service", "scale", "--detach", "big=3")
    manager.wait_running("late", 1)


@suite.test("processors are counted in the same way")
def processors(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "busy", "--replicas", "9",
               "--reserve-cpu", "1", *STAYS)
    manager.wait_running("busy", 8)
    wait_for("the ninth to say why",
             lambda: first(manager, "busy",
                           lambda t: "insufficient resources" in t["Status"].get("Err", "")))


@suite.test("a task that takes more than its limit is killed by the kernel, and service ps says so")
def out_of_memory(lab):
    needs_memory_controller(lab)
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "eats", "--limit-memory", "16m",
               "--restart-condition", "none", *EATS_64_MIB)
    task = wait_for("the end of the task",
                    lambda: first(manager, "eats",
                                  lambda t: t["Status"]["State"] in ("failed", "complete")))
    expect(task["Status"]["State"] == "failed", "state failed", task["Status"])
    expect(task["Status"]["ContainerStatus"]["ExitCode"] == 137, "exit code 137", task["Status"])
    told = manager.es("service", "ps", "--no-trunc", "eats")
    expect("OOM" in told or "memory" in told, "an out-of-memory kill in service ps", told)


@suite.test("within its limit the same task lives")
def enough_memory(lab):
    needs_memory_controller(lab)
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "eats", "--limit-memory", "256m",
               "--restart-condition", "none",
               *shell("x=$(head -c 16777216 /dev/zero | tr '\\0' x); echo full; "
                      "trap exit TERM; sleep 1d & wait"))
    wait_for("it to be full",
             lambda: manager.call("service", "logs", "--raw", "eats").stdout.strip() == "full")
    expect(len(manager.running("eats")) == 1, "one running task", manager.tasks("eats"))


@suite.test("the kernel knows the limits: memory, processor, processes")
def kernel_limits(lab):
    needs_memory_controller(lab)
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "bound", "--constraint",
               "node.hostname==m1", "--limit-memory", "64m",
               "--limit-cpu", "0.5", "--limit-pids", "20", *STAYS)
    task = manager.wait_running("bound", 1)[0]["ID"]
    groups = {path.split("/")[4]: path for path in lab["m1"].cgroups() if path.endswith(task)}
    wanted = {"memory/memory.limit_in_bytes": "67108864", "memory.max": "67108864",
              "cpu/cpu.cfs_quota_us": "50000",
              "cpu.max": "50000 100000", "pids/pids.max": "20", "pids.max": "20"}
    seen = {}
    for path in groups.values():
        for name, value in wanted.items():
            tree, _, file = name.rpartition("/")
            if (tree and f"/{tree}/" in path) or not tree:
                try:
                    with open(f"{path}/{file}") as content:
                        seen[name] = (content.read().strip(), value)
                except OSError:
                    pass
    expect(len(seen) >= 3 and all(have == want for have, want in seen.values()), "all three limits",
           seen)


@suite.test("a fork bomb ends at its limit of processes, and only itself")
def fork_bomb(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "bomb", "--limit-pids", "20",
               "--restart-condition", "none",
               *shell("trap '' TERM; i=0; "
                      "while [ $i -lt 100 ]; do sleep 1d & i=$((i + 1)); done; echo never"))
    wait_for("an end or a refused fork", lambda: "fork" in "".join(
        (lambda told: (told.stdout, told.stderr))(manager.call("service", "logs", "--raw",
                                                               "bomb"))) or
        first(manager, "bomb", lambda t: t["Status"]["State"] == "failed"))
    expect(all(board.answers() for board in lab.boards.values()), "every daemon to answer",
           "one does not")


@suite.test("an image for another processor: refused on the node that holds it, in plain words")
def wrong_architecture(lab):
    manager = lab["m1"]
    lab.load_everywhere(lab.image("armbox:latest", "arm64"), ["m1"])
    manager.es("service", "create", "--detach", "--name", "arm", "--restart-condition", "none",
               "armbox", *STAYS[1:])
    task = wait_for("a reason", lambda: first(manager, "arm", lambda t: t["Status"].get("Err") and
                                             t["Status"]["State"] in ("pending", "rejected")))
    expect("platform" in task["Status"]["Err"] or "arm64" in task["Status"]["Err"],
           "the platform in the error", task["Status"])
    expect(not manager.running("arm"), "nothing running", manager.placement("arm"))


@suite.test("a specification that asks for what nobody can have is refused at once")
def impossible(lab):
    for flags in (["--reserve-memory", "1m"], ["--reserve-cpu", "0.0001"],
                  ["--limit-memory", "8m", "--reserve-memory", "16m"],
                  ["--replicas", "-1"], ["--reserve-memory", "lots"]):
        refused = lab["m1"].call("service", "create", "--detach", "--name", "odd", *flags, *STAYS)
        expect(refused.returncode in (1, 2) and refused.stderr.strip(),
               f"{' '.join(flags)} refused", f"exit {refused.returncode}")
    expect(lab["m1"].es("service", "ls", "-q") == "", "no service", lab["m1"].es("service", "ls"))


suite.run()
