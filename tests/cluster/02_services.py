#!/usr/bin/env python3
"""Services on a cluster of three managers and two workers: made, changed, placed, removed."""
import os
import sys
sys.dont_write_bytecode = True

from lib.programs import STAYS, shell
from lib.suite import Suite
from lib.tidy import tidy
from lib.waiting import Failed, expect, wait_for

suite = Suite(lambda lab: lab.form(), before_each=tidy)
BOARDS = {"m1", "m2", "m3", "w1", "w2"}


def create(lab, name, *flags, program=STAYS, running=None):
    lab["m1"].es("service", "create", "--detach", "--name", name, *flags, *program)
    if running is not None:
        lab["m1"].wait_running(name, running)


def ids(tasks):
    return {task["ID"] for task in tasks}


@suite.test("create waits until all replicas run, and spreads them")
def create_and_wait(lab):
    lab["m1"].es("service", "create", "--name", "web", "--replicas", "5", "--reserve-memory", "16m",
                 *STAYS)
    placement = lab["m1"].placement("web")
    expect(placement == dict.fromkeys(BOARDS, 1), "one task on each of the five", placement)
    slots = [task["Slot"] for task in lab["m1"].running("web")]
    expect(slots == [1, 2, 3, 4, 5], "slots 1 to 5", slots)


@suite.test("a name that is taken is refused")
def name_taken(lab):
    create(lab, "web")
    taken = lab["m2"].call("service", "create", "--detach", "--name", "web", *STAYS)
    expect(taken.returncode == 1 and "name conflicts with an existing object" in taken.stderr,
           "exit 1 in Swarm's words", taken.stderr)


@suite.test("an image that is nowhere: the task is rejected with its name")
def no_image(lab):
    create(lab, "ghost", "--restart-condition", "none", program=["nowhere/at/all:1"])
    task = wait_for("a rejected task",
                    lambda: next((t for t in lab["m1"].tasks("ghost")
                                  if t["Status"]["State"] == "rejected"), None))
    expect("nowhere/at/all" in task["Status"].get("Err", ""), "the image in the error",
           task["Status"])


@suite.test("scale up, down, to nothing and up again, asked of any manager")
def scale(lab):
    create(lab, "web", "--replicas", "4", running=4)
    lab["m2"].es("service", "scale", "--detach", "web=8")
    lab["m2"].wait_running("web", 8)
    lab["m3"].es("service", "scale", "--detach", "web=3")
    lab["m3"].wait_running("web", 3)
    expect(len(lab["m3"].placement("web")) == 3, "three nodes with one each",
           lab["m3"].placement("web"))
    lab["m1"].es("service", "scale", "--detach", "web=0")
    lab["m1"].wait_running("web", 0)
    wait_for("no container left", lambda: not any(board.shims() for board in lab.boards.values()))
    lab["m1"].es("service", "scale", "--detach", "web=2")
    lab["m1"].wait_running("web", 2)


@suite.test("update of an environment variable replaces every task")
def update_env(lab):
    create(lab, "web", "--replicas", "3", "--env", "COLOUR=red", running=3)
    before = ids(lab["m1"].running("web"))
    lab["m1"].es("service", "update", "--env-add", "COLOUR=green", "--update-monitor", "200ms",
                 "web")
    running = lab["m1"].wait_running("web", 3)
    expect(not before & ids(running), "new tasks", sorted(before))
    environments = [task["Spec"]["ContainerSpec"]["Env"] for task in running]
    expect(environments == [["COLOUR=green"]] * 3, "COLOUR=green in each", environments)
    state = lab["m1"].get("/services/web")["UpdateStatus"]["State"]
    expect(state == "completed", "UpdateStatus completed", state)


@suite.test("update of the image, two tasks at a time")
def update_image(lab):
    lab.load_everywhere(lab.image("busybox:next"))
    create(lab, "web", "--replicas", "4", running=4)
    lab["m1"].es("service", "update", "--image", "busybox:next", "--update-parallelism", "2",
                 "--update-monitor", "200ms", "web")
    images = {task["Spec"]["ContainerSpec"]["Image"] for task in lab["m1"].wait_running("web", 4)}
    expect(images == {"busybox:next"}, "busybox:next everywhere", sorted(images))


@suite.test("update --force starts each task anew, a new label of the service none")
def force(lab):
    create(lab, "web", "--replicas", "2", running=2)
    before = ids(lab["m1"].running("web"))
    lab["m1"].es("service", "update", "--detach", "--label-add", "note=1", "--update-monitor",
                 "200ms", "web")
    expect(ids(lab["m1"].wait_running("web", 2)) == before, "the same tasks after a label",
           "others")
    lab["m1"].es("service", "update", "--force", "web")
    expect(not before & ids(lab["m1"].wait_running("web", 2)), "new tasks after --force",
           "old ones")


@suite.test("an update whose tasks fail is paused, rollback goes back")
def pause_and_rollback(lab):
    create(lab, "web", "--replicas", "4", "--restart-delay", "1s", running=4)
    failed = lab["m1"].call("service", "update", "--args", "sh -c 'exit 3'", "web")
    expect(failed.returncode == 1 and "paused" in failed.stderr, "exit 1 and the word paused",
           f"exit {failed.returncode}, {failed.stdout.splitlines()[-1:]} {failed.stderr}")
    # The second slot may have begun before the first was seen to fail, as in Swarm.
    expect(len(lab["m1"].running("web")) >= 2, "the others untouched", lab["m1"].placement("web"))
    lab["m1"].es("service", "rollback", "--detach", "web")
    lab["m1"].wait_running("web", 4)


@suite.test("a task whose process dies is replaced in its slot")
def restart(lab):
    create(lab, "web", "--replicas", "2", "--restart-delay", "100ms", running=2)
    victim = lab["m1"].running("web")[0]
    board = lab[lab["m1"].node_names()[victim["NodeID"]]]
    board.machine.run("kill", "-9", str(victim["Status"]["ContainerStatus"]["PID"]))
    wait_for("another task in the slot", lambda: [task for task in lab["m1"].running("web")
                                                 if task["Slot"] == victim["Slot"]
                                                  and task["ID"] != victim["ID"]])
    old = next(task for task in lab["m1"].tasks("web") if task["ID"] == victim["ID"])
    expect(old["Status"]["State"] == "failed", "the old task failed", old["Status"])
    expect(old["Status"]["ContainerStatus"]["ExitCode"] == 137, "exit code 137", old["Status"])


@suite.test("restart policies: on-failure and max-attempts are kept")
def restart_policy(lab):
    create(lab, "ends", "--restart-condition", "on-failure", program=shell("exit 0"))
    create(lab, "fails", "--restart-delay", "50ms", "--restart-max-attempts", "2",
           program=shell("exit 4"))
    wait_for("a completed task",
             lambda: [t["Status"]["State"] for t in lab["m1"].tasks("ends")] == ["complete"])
    wait_for("three failed tasks",
             lambda: [t["Status"]["State"] for t in lab["m1"].tasks("fails")] == ["failed"] * 3)
    codes = {task["Status"]["ContainerStatus"]["ExitCode"] for task in lab["m1"].tasks("fails")}
    expect(codes == {4}, "exit code 4", codes)
    expect(len(lab["m1"].tasks("ends")) == 1, "no second task of `ends`", lab["m1"].tasks("ends"))


@suite.test("a drained node hands its tasks over; active again, it gets new ones only")
def drain(lab):
    manager = lab["m1"]
    create(lab, "web", "--replicas", "5", running=5)
    manager.es("node", "update", "--availability", "drain", "w1")
    wait_for("w1 to be empty",
             lambda: "w1" not in manager.placement("web") and not lab["w1"].shims())
    expect(manager.nodes()["w1"]["Availability"] == "Drain", "Drain in node ls",
           manager.nodes()["w1"])
    kept = ids(manager.wait_running("web", 5))
    manager.es("node", "update", "--availability", "active", "w1")
    manager.es("service", "scale", "--detach", "web=6")
    expect(kept < ids(manager.wait_running("web", 6)), "no task moved back", "moved ones")
    expect(manager.placement("web").get("w1") == 1, "the new task on w1", manager.placement("web"))


@suite.test("a paused node keeps its tasks and gets no more")
def pause(lab):
    manager = lab["m1"]
    create(lab, "web", "--replicas", "5", running=5)
    manager.es("node", "update", "--availability", "pause", "w2")
    manager.es("service", "scale", "--detach", "web=12")
    manager.wait_running("web", 12)
    expect(manager.placement("web").get("w2") == 1, "the one task on w2", manager.placement("web"))


@suite.test("a global service has one task on each node that is not drained")
def global_service(lab):
    manager = lab["m1"]
    create(lab, "agent", "--mode", "global", running=5)
    expect(manager.placement("agent") == dict.fromkeys(BOARDS, 1), "one on each",
           manager.placement("agent"))
    manager.es("node", "update", "--availability", "drain", "w2")
    manager.wait_running("agent", 4)
    manager.es("node", "update", "--availability", "active", "w2")
    manager.wait_running("agent", 5)


@suite.test("constraints: labels of nodes, roles, host names")
def constraints(lab):
    manager = lab["m1"]
    manager.es("node", "update", "--label-add", "rack=kitchen", "w1")
    cases = {"node.labels.rack==kitchen": {"w1"}, "node.labels.rack!=kitchen": BOARDS - {"w1"},
             "node.role==worker": {"w1", "w2"},
             "node.hostname==m3": {"m3"}, "node.role==manager": {"m1", "m2", "m3"}}
    for number, constraint in enumerate(cases):
        create(lab, f"c{number}", "--replicas", "3", "--constraint", constraint)
    for number, (constraint, allowed) in enumerate(cases.items()):
        manager.wait_running(f"c{number}", 3)
        seen = set(manager.placement(f"c{number}"))
        expect(seen <= allowed, f"{constraint} on {sorted(allowed)}", sorted(seen))
    manager.es("node", "update", "--label-rm", "rack", "w1")


@suite.test("a constraint that nothing meets: pending with the reason, until a label comes")
def pending(lab):
    manager = lab["m1"]
    create(lab, "picky", "--constraint", "node.labels.disk==ssd")
    task = wait_for("a reason",
                    lambda: next((t for t in manager.tasks("picky") if t["Status"].get("Err")),
                                 None))
    expect(task["Status"]["State"] == "pending", "state pending", task["Status"])
    reason = task["Status"]["Err"]
    wanted = "no suitable node (scheduling constraints not satisfied on 5 nodes)"
    expect(reason == wanted, "Swarm's words", reason)
    manager.es("node", "update", "--label-add", "disk=ssd", "w2")
    manager.wait_running("picky", 1)
    expect(manager.placement("picky") == {"w2": 1}, "the task on w2", manager.placement("picky"))
    manager.es("node", "update", "--label-rm", "disk", "w2")
    wait_for("the task to leave w2", lambda: not manager.placement("picky"))


@suite.test("logs of all tasks, wherever they run")
def logs(lab):
    create(lab, "talks", "--replicas", "5",
           program=shell("echo out of $HOSTNAME; echo and err >&2; "
                         "trap exit TERM; sleep 1d & wait"),
           running=5)

    def complete(board):
        told = board.call("service", "logs", "--no-task-ids", "talks")
        lines = told.stdout.splitlines() + told.stderr.splitlines()
        told = {line.split("|")[0].strip().split("@")[0] for line in lines}
        if len(lines) != 10 or len(told) != 5:
            raise Failed(f"{len(lines)} lines of {sorted(told)}")
        return True
    for name in ("m1", "m2"):
        wait_for(f"two lines of each of five tasks on {name}",
                 lambda name=name: complete(lab[name]), 10)


@suite.test("service rm leaves no process, cgroup, mount or folder behind")
def nothing_left(lab):
    create(lab, "web", "--replicas", "5", running=5)
    groups = [path for board in lab.boards.values() for path in board.cgroups()]
    expect(groups, "cgroups of running tasks", "none")
    lab["m1"].es("service", "rm", "web")

    def clean():
        left = [path for path in groups if os.path.isdir(path)]
        for board in lab.boards.values():
            left += [f"{board.name}: task {task}" for task in board.task_ids()]
            left += [f"{board.name}: shim {pid}" for pid in board.shims()]
            left += [f"{board.name}: mount {path}" for path in board.mounts()]
        if left:
            raise Failed(f"{len(left)} left, such as {left[:3]}")
        return True
    wait_for("nothing left", clean, 20)


suite.run()
