#!/usr/bin/env python3
"""The real docker client on the same socket: every command that has an answer here."""
import json
import shutil
import sys
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Skip, Suite
from lib.waiting import expect, wait_for


def prepare(lab):
    for name in ("m1", "m2", "w1"):
        lab.board(name)


def with_docker(lab):
    if shutil.which("docker") is None:
        raise Skip("no docker client here; ./dev setup fetches one")


suite = Suite(prepare, before_each=with_docker)


def tokens(text):
    return next(word for word in text.split() if word.startswith("ESWTKN-"))


@suite.test("docker version, docker info before a swarm")
def before(lab):
    told = lab["m1"].docker("version", "--format", "{{.Server.APIVersion}}")
    expect(told == "1.44", "API version 1.44", told)
    told = lab["m1"].docker("info", "--format", "{{.Swarm.LocalNodeState}} {{.Name}}")
    expect(told == "inactive m1", "inactive m1", told)


@suite.test("docker swarm init, join-token, join")
def swarm(lab):
    told = lab["m1"].docker("swarm", "init", "--advertise-addr", lab["m1"].ip)
    expect("is now a manager" in told, "Docker's words", told)
    worker = tokens(lab["m1"].docker("swarm", "join-token", "worker"))
    manager = lab["m1"].docker("swarm", "join-token", "-q", "manager")
    lab["w1"].docker("swarm", "join", "--token", worker, f"{lab['m1'].ip}:2377")
    lab["m2"].docker("swarm", "join", "--token", manager, f"{lab['m1'].ip}:2377")
    wait_for("three nodes",
             lambda: lab["m1"].docker("node", "ls", "--format",
                                      "{{.Status}}").split() == ["Ready"] * 3)
    again = lab["w1"].docker("swarm", "join", "--token", worker, f"{lab['m1'].ip}:2377",
                             check=False)
    expect(again.returncode == 1 and "swarm" in again.stderr, "a second join refused", again.stderr)


@suite.test("docker node ls, inspect, update, promote, demote, ps")
def node(lab):
    d = lab["m1"].docker
    told = d("node", "ls").splitlines()
    heading = "ID HOSTNAME STATUS AVAILABILITY MANAGER STATUS ENGINE VERSION"
    expect(told[0].split() == heading.split(), "Docker's columns", told[0])
    expect(d("node", "ls", "--filter", "role=worker", "--format", "{{.Hostname}}") == "w1",
           "the worker", d("node", "ls"))
    d("node", "update", "--label-add", "rack=1", "--availability", "pause", "w1")
    inspected = json.loads(d("node", "inspect", "w1"))[0]
    expect(inspected["Spec"]["Labels"] == {"rack": "1"}
           and inspected["Spec"]["Availability"] == "pause", "label and pause", inspected["Spec"])
    pretty = d("node", "inspect", "--pretty", "self")
    expect("Hostname:" in pretty and "Raft Status:" in pretty, "the pretty form", pretty)
    d("node", "update", "--label-rm", "rack", "--availability", "active", "w1")
    d("node", "promote", "w1")
    wait_for("w1 to be a manager",
             lambda: d("node", "inspect", "w1", "--format",
                       "{{.ManagerStatus.Reachability}}") == "reachable")
    d("node", "demote", "w1")
    wait_for("w1 to be a worker",
             lambda: d("node", "inspect", "w1", "--format",
                       "{{.Spec.Role}} {{.ManagerStatus}}") == "worker <nil>", 30)
    expect(d("node", "ps", "self").startswith("ID"), "a table", d("node", "ps", "self"))


@suite.test("docker load, images")
def images(lab):
    for board in lab.boards.values():
        told = board.docker("load", "-i", lab.image())
        expect("Loaded image" in told, "Loaded image", told)
    with open(lab.image("other:1", format="docker"), "rb") as archive:
        told = lab["m1"].docker("load", stdin=archive)
    expect("other:1" in told, "Loaded image: other:1", told)
    told = lab["m1"].docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    expect(sorted(told) == ["busybox:latest", "other:1"], "both images", told)
    lab["m1"].docker("image", "rm", "other:1")
    expect(lab["m1"].docker("images", "-q", "other") == "", "one image less",
           lab["m1"].docker("images"))


@suite.test("docker service create waits; ls, ps, inspect")
def service(lab):
    d = lab["m1"].docker
    told = d("service", "create", "--name", "web", "--replicas", "3", "--env", "A=1", "--label",
             "l=1", "--reserve-memory", "8m",
             "--limit-memory", "64m", "--restart-delay", "100ms", "--constraint",
             "node.platform.os==linux", "--no-resolve-image",
             "--update-monitor", "100ms", *STAYS, timeout=60)
    expect("converged" in told, "converged", told)
    row = d("service", "ls", "--format", "{{.Name}} {{.Mode}} {{.Replicas}} {{.Image}}")
    expect(row == "web replicated 3/3 busybox:latest", "web replicated 3/3 busybox:latest", row)
    states = d("service", "ps", "web", "--format", "{{.Name}} {{.DesiredState}}").splitlines()
    expect(sorted(states) == ["web.1 Running", "web.2 Running", "web.3 Running"],
           "three running tasks", states)
    inspected = json.loads(d("service", "inspect", "web"))[0]["Spec"]
    expect(inspected["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=1"]
           and inspected["Labels"] == {"l": "1"}, "what was asked for", inspected)
    pretty = d("service", "inspect", "--pretty", "web")
    expect("Service Mode:" in pretty and "Replicas:" in pretty, "the pretty form", pretty)
    taken = d("service", "create", "--detach", "--no-resolve-image", "--name", "web", "busybox",
              check=False)
    expect(taken.returncode == 1, "a taken name refused", taken.stdout)


@suite.test("docker service scale, update, rollback, logs, rm")
def change(lab):
    d = lab["m1"].docker
    told = d("service", "scale", "web=4", timeout=60)
    expect("converged" in told, "converged", told)
    d("service", "update", "--env-add", "B=2", "--no-resolve-image", "web", timeout=60)
    environment = json.loads(d("service", "inspect",
                               "web"))[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"]
    expect(environment == ["A=1", "B=2"], "A=1 B=2", environment)
    d("service", "rollback", "web", timeout=60)
    environment = json.loads(d("service", "inspect",
                               "web"))[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"]
    expect(environment == ["A=1"], "A=1", environment)
    d("service", "update", "--force", "--no-resolve-image", "web", timeout=60)
    lab["m1"].wait_running("web", 4)
    task = lab["m1"].running("web")[0]["ID"]
    told = wait_for("a line of the task", lambda: d("service", "logs", task))
    expect("begun" in told and "web." in told, "name and text", told)
    expect(d("service", "logs", "--raw", "--tail", "1", task) == "begun", "begun",
           d("service", "logs", "--raw", task))
    expect(d("service", "rm", "web") == "web", "web", "something else")
    expect(d("service", "ls", "-q") == "", "no service", d("service", "ls"))


@suite.test("docker service create --mode global, stays pending with the reason, ps --no-trunc")
def reasons(lab):
    d = lab["m1"].docker
    d("service", "create", "--detach", "--no-resolve-image", "--name", "all", "--mode", "global",
      *STAYS)
    lab["m1"].wait_running("all", 3)
    expect(d("service", "ls", "--filter", "mode=global", "--format", "{{.Replicas}}") == "3/3",
           "3/3", d("service", "ls"))
    d("service", "create", "--detach", "--no-resolve-image", "--name", "never", "--constraint",
      "node.hostname==nobody", *STAYS)
    reason = wait_for("a reason",
                      lambda: d("service", "ps", "--no-trunc", "--format", "{{.Error}}", "never"))
    expect("no suitable node (scheduling constraints not satisfied on 3 nodes)" in reason,
           "Swarm's words", reason)
    told = d("node", "ps", "w1", "--format", "{{.Name}}")
    expect(told.startswith("all."), "the task of w1", told)
    d("service", "rm", "all", "never")


@suite.test("docker on a worker says that it is none of a manager's")
def on_worker(lab):
    refused = lab["w1"].docker("node", "ls", check=False)
    expect(refused.returncode == 1 and "swarm manager" in refused.stderr, "Docker's words",
           refused.stderr)


@suite.test("docker node rm, swarm leave")
def leave(lab):
    d = lab["m1"].docker
    lab["w1"].docker("swarm", "leave")
    wait_for("w1 to be down",
             lambda: d("node", "inspect", "w1", "--format", "{{.Status.State}}") == "down")
    expect(d("node", "rm", "w1") == "w1", "w1", "something else")
    refused = lab["m2"].docker("swarm", "leave", check=False)
    expect(refused.returncode == 1 and "force" in refused.stderr, "a manager needs --force",
           refused.stderr)
    d("node", "demote", "m2")
    wait_for("m2 to be a worker",
             lambda: lab["m2"].docker("info", "--format", "{{.Swarm.ControlAvailable}}") == "false",
             30)
    lab["m2"].docker("swarm", "leave")
    d("swarm", "leave", "--force")
    expect(d("info", "--format", "{{.Swarm.LocalNodeState}}") == "inactive", "inactive", d("info"))


suite.run()
