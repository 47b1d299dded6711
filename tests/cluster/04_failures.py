#!/usr/bin/env python3
"""Daemons are killed, boards lose power, cables are pulled: what was acknowledged stays."""
import statistics
import sys
import time
sys.dont_write_bytecode = True

from lib.programs import STAYS, shell
from lib.suite import Suite
from lib.tidy import tidy
from lib.waiting import Failed, expect, wait_for
from lib.writer import Writer

suite = Suite(lambda lab: lab.form(), before_each=tidy)
MANAGERS = ("m1", "m2", "m3")
COUNTS = shell("i=0; while :; do i=$((i + 1)); echo line $i; sleep 0.05; done")


def by_id(board, service, task_id):
    return next((task for task in board.tasks(service) if task["ID"] == task_id), None)


@suite.test("the leader is killed ten times under writes: no acknowledged write is lost")
def leader_killed(lab):
    writer = Writer([lab[name] for name in MANAGERS])
    writer.start()
    times = []
    try:
        for _ in range(10):
            leader = lab.leader()
            before = len(writer.accepted_at)
            wait_for("some writes", lambda before=before: len(writer.accepted_at) > before + 3)
            leader.kill_daemon()
            killed = time.monotonic()
            times.append(writer.next_accepted_after(killed))
            leader.start_daemon()
            lab.wait_ready(MANAGERS, 3)
    finally:
        writer.stop()
    for name in MANAGERS:
        lost = wait_for_nothing_lost(writer, lab[name])
        expect(not lost, f"every acknowledged write on {name}", lost)
    return (f"{len(writer.acknowledged)} services, {len(writer.accepted_at)} acknowledged writes; "
            f"next write after {statistics.median(times) * 1000:.0f} ms (median), "
            f"{max(times) * 1000:.0f} ms (worst)")


def wait_for_nothing_lost(writer, board):
    """A follower may be a moment behind."""
    try:
        wait_for("all writes", lambda: not writer.lost(board), 5)
    except Failed:
        pass
    return writer.lost(board)


@suite.test("a worker loses power: its tasks run elsewhere, and not twice when it is back")
def node_lost(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "web", "--replicas", "6", *STAYS)
    manager.wait_running("web", 6)
    expect(manager.placement("web").get("w1"), "a task on w1", manager.placement("web"))
    started = time.monotonic()
    lab["w1"].power_off()
    wait_for("six tasks without w1",
             lambda: "w1" not in manager.placement("web") and len(manager.running("web")) == 6, 20)
    took = time.monotonic() - started
    expect(manager.nodes()["w1"]["Status"] == "Down", "w1 down", manager.nodes()["w1"])
    lab["w1"].power_on()
    wait_for("w1 to be ready", lambda: manager.nodes()["w1"]["Status"] == "Ready", 20)
    expect(not lab["w1"].shims(), "no old container on w1", lab["w1"].shims())
    manager.wait_running("web", 6)
    return f"elsewhere after {took:.1f} s"


@suite.test("the leader's board loses power: another leads and the tasks run elsewhere")
def leader_board_lost(lab):
    leader = lab.leader()
    other = next(lab[name] for name in MANAGERS if lab[name] is not leader)
    other.es("service", "create", "--detach", "--name", "web", "--replicas", "5", *STAYS)
    other.wait_running("web", 5)
    started = time.monotonic()
    leader.power_off()
    wait_for("five tasks without " + leader.name,
             lambda: leader.name not in other.placement("web") and
             len(other.running("web")) == 5, 20)
    took = time.monotonic() - started
    leader.power_on()
    lab.wait_ready(MANAGERS, 3)
    return f"elsewhere after {took:.1f} s"


@suite.test("a cable is pulled: tasks go on there, are replaced, and none is double afterwards")
def cable(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "web", "--replicas", "5", *STAYS)
    manager.wait_running("web", 5)
    lab.lan.unplug(lab["w2"].port)
    wait_for("five tasks without w2",
             lambda: "w2" not in manager.placement("web") and len(manager.running("web")) == 5, 20)
    expect(len(lab["w2"].shims()) == 1, "the task of w2 going on", lab["w2"].shims())
    lab.lan.replug(lab["w2"].port)
    wait_for("w2 to be ready", lambda: manager.nodes()["w2"]["Status"] == "Ready", 30)
    wait_for("the old task of w2 to end", lambda: not lab["w2"].shims(), 20)
    expect(len(manager.running("web")) == 5, "five tasks", manager.placement("web"))


@suite.test("a daemon is killed and started again: tasks do not notice, logs are complete")
def daemon_killed(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "counts", "--mode", "global",
               "--stop-grace-period", "1s", *COUNTS)
    before = {task["ID"]: task["Status"]["ContainerStatus"]["PID"]
              for task in manager.wait_running("counts", 5)}
    for name in ("w1", "m3"):
        shims = lab[name].shims()
        lab[name].kill_daemon()
        lab[name].start_daemon()
        wait_for(f"{name} to be ready",
                 lambda name=name: manager.nodes()[name]["Status"] == "Ready")
        expect(lab[name].shims() == shims, f"the same monitors on {name}", lab[name].shims())
    after = {task["ID"]: task["Status"]["ContainerStatus"]["PID"]
             for task in manager.wait_running("counts", 5)}
    expect(after == before, "the same tasks and processes", after)
    for task in manager.running("counts"):
        numbers = wait_for("lines of each task", lambda task=task: log_numbers(manager, task["ID"]))
        expect(numbers == list(range(1, len(numbers) + 1)), "every line once, in order",
               numbers[:5])


def log_numbers(board, task):
    told = board.es("service", "logs", "--raw", task).splitlines()
    return [int(line.split()[1]) for line in told if line.startswith("line ")]


@suite.test("a task that ends while its daemon is away: the right exit code in service ps")
def ended_meanwhile(lab):
    manager = lab["m1"]
    waits = shell("trap 'exit 7' USR1; while :; do sleep 0.05; done")
    manager.es("service", "create", "--detach", "--name", "ends", "--restart-condition", "none",
               "--constraint", "node.hostname==w1", *waits)
    task = manager.wait_running("ends", 1)[0]
    board = lab["w1"]
    board.kill_daemon()
    board.machine.run("kill", "-USR1", str(task["Status"]["ContainerStatus"]["PID"]))
    wait_for("the container to end", lambda: not board.shims())
    board.start_daemon()
    ended = wait_for("the task to have failed",
                     lambda: (by_id(manager, "ends", task["ID"])["Status"]["State"] == "failed" and
                                                       by_id(manager, "ends", task["ID"])))
    expect(ended["Status"]["ContainerStatus"]["ExitCode"] == 7, "exit code 7", ended["Status"])
    told = manager.es("service", "ps", "--no-trunc", "ends")
    expect("non-zero exit (7)" in told, "`task: non-zero exit (7)` in service ps", told)


@suite.test("a task that ends well while its daemon is away is complete")
def completed_meanwhile(lab):
    manager = lab["m1"]
    waits = shell("trap 'exit 0' USR1; while :; do sleep 0.05; done")
    manager.es("service", "create", "--detach", "--name", "ends", "--restart-condition",
               "on-failure", "--constraint",
               "node.hostname==m2", *waits)
    task = manager.wait_running("ends", 1)[0]
    lab["m2"].kill_daemon()
    pid = str(task["Status"]["ContainerStatus"]["PID"])

    # The signal is lost on a shell that has not come to its trap yet, so it is sent until it works.
    def ended():
        lab["m2"].machine.run("kill", "-USR1", pid, check=False)
        return not lab["m2"].shims()
    wait_for("the container to end", ended)
    lab["m2"].start_daemon()
    wait_for("the task to be complete",
             lambda: by_id(manager, "ends", task["ID"])["Status"]["State"] == "complete")
    lab.wait_ready(MANAGERS, 3)


@suite.test("without quorum: one clear line, tasks go on; with it again, all is as before")
def quorum(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "web", "--mode", "global", *STAYS)
    before = {task["ID"] for task in manager.wait_running("web", 5)}
    for name in ("m2", "m3"):
        lab[name].kill_daemon()

    def no_leader():
        refused = manager.call("service", "create", "--detach", "--name", "no", *STAYS, timeout=30)
        return refused if refused.returncode != 0 else None
    refused = wait_for("a refusal", no_leader, 30)
    expect(refused.returncode == 1 and len(refused.stderr.strip().splitlines()) == 1
           and "leader" in refused.stderr,
           "exit 1 and one line about the leader", f"exit {refused.returncode}: {refused.stderr}")
    expect(lab["w1"].shims() and lab["m2"].shims(), "containers going on", "none")
    for name in ("m2", "m3"):
        lab[name].start_daemon()
    lab.wait_ready(["m1", "m2", "m3", "w1", "w2"], 3)
    manager = lab.leader()
    manager.wait_running("web", 5)
    kept = before & {task["ID"] for task in manager.running("web")}
    expect(len(kept) >= 3, "at least the tasks of the boards that stayed", len(kept))


suite.run()
