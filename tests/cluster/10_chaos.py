#!/usr/bin/env python3
"""Daemons are killed and frozen and links are cut, at random, under writes of every kind through
every manager; then a checker judges the history that the clients kept (tests/judge).

ES_CHAOS_SECONDS says for how long (60), ES_CHAOS_SEED with which dice (drawn and printed).
"""
import os
import random
import subprocess
import sys
import time
sys.dont_write_bytecode = True

from lib.chaos import Chaos
from lib.clients import Clients
from lib.lab import ROOT
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

SECONDS = float(os.environ.get("ES_CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("ES_CHAOS_SEED") or random.SystemRandom().randrange(1 << 32))
MANAGERS = ("m1", "m2", "m3")
BOARDS = (*MANAGERS, "w1", "w2")

suite = Suite(lambda lab: lab.form())


def judge_path():
    built = os.path.join(os.path.dirname(os.environ.get("EDGESWARM", "")), "tests/judge")
    return built if os.access(built, os.X_OK) else os.path.join(ROOT, "build/dev/tests/judge")


def converged(board):
    """Nothing, or a service that does not run what it should."""
    tasks = board.get("/tasks")
    for service in board.get("/services"):
        wanted = service["Spec"]["Mode"]["Replicated"]["Replicas"]
        running = [task for task in tasks if task["ServiceID"] == service["ID"] and
                   task["DesiredState"] == "running" and task["Status"]["State"] == "running"]
        if len(running) != wanted:
            raise Failed(f"{service['Spec']['Name']} runs {len(running)} of {wanted}")
    return True


@suite.test("kills, freezes and cut links under all kinds of writes: the history is linearizable")
def chaos(lab):
    print(f"    seed {SEED}, {SECONDS:g} s")
    clients = Clients([lab[name] for name in MANAGERS], SEED)
    faults = Chaos(lab, BOARDS, random.Random(SEED))
    clients.start()
    try:
        faults.run(time.monotonic() + SECONDS)
    finally:
        clients.stop()
        faults.heal()
    lab.wait_ready(BOARDS, len(MANAGERS))
    for name in MANAGERS:
        wait_for(f"the last reads through {name}", lambda name=name: clients.read_all(lab[name]), 60)
    folder = os.path.join(ROOT, "build/test-logs")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"chaos-{SEED}.history")
    clients.history.write(path)
    judged = subprocess.run([judge_path(), path], capture_output=True, text=True, timeout=300,
                            check=False)
    expect(judged.returncode == 0, f"a history that can be explained ({path})",
           judged.stdout + judged.stderr)
    wait_for("every service to run what it should", lambda: converged(lab.leader()), 90)
    return f"{faults.summary()}; {clients.summary()}; {judged.stdout.strip()}"


suite.run()
