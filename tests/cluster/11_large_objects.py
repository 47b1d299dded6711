#!/usr/bin/env python3
"""Large objects, many at once: what was acknowledged is there, what cannot be kept is refused alone."""
import sys
from concurrent.futures import ThreadPoolExecutor
sys.dont_write_bytecode = True

from lib.suite import Suite
from lib.tidy import tidy
from lib.waiting import expect, wait_for

MANAGERS = ("m1", "m2", "m3")
CLIENTS = 40
SERVICE_BYTES = 480_000
LABEL_BYTES = 3_000_000

suite = Suite(lambda lab: lab.form(managers=MANAGERS, workers=()), before_each=tidy)


def create(board, name, padding):
    return board.request("POST", "/services/create", {
        "Name": name, "Mode": {"Replicated": {"Replicas": 0}},
        "TaskTemplate": {"ContainerSpec": {"Image": "busybox", "Env": ["X=" + "x" * padding]}}},
        timeout=60)


def label(board, node, size):
    seen = board.get("/nodes/" + node)
    spec = seen["Spec"]
    spec.setdefault("Labels", {})["huge"] = "h" * size
    return board.request("POST", f"/nodes/{seen['ID']}/update?version={seen['Version']['Index']}",
                         spec, timeout=60)


def missing_on(board, names):
    """Those of the services that the board does not know."""
    return [name for name in names if board.request("GET", "/services/" + name)[0] != 200]


@suite.test("forty clients create large services beside a label that can never fit")
def together(lab):
    names = [f"large{i}" for i in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS + 4) as pool:
        made = {name: pool.submit(create, lab[MANAGERS[i % 3]], name, SERVICE_BYTES)
                for i, name in enumerate(names)}
        labels = [pool.submit(label, lab[name], name, LABEL_BYTES) for name in MANAGERS]
        answers = {name: future.result() for name, future in made.items()}
        refusals = [future.result() for future in labels]
    for status, answer in refusals:
        expect(status == 400 and "bytes; at most" in answer["message"],
               "400 and a sentence with both sizes", f"{status}: {answer}")
    acknowledged = [name for name, (status, _) in answers.items() if status == 201]
    refused = {name: answer for name, answer in answers.items() if answer[0] != 201}
    # A machine that is busy may lose its leader meanwhile; then it says so, and promises nothing.
    expect(all(status == 503 for status, _ in refused.values()), "201 or 503", str(refused)[:500])
    expect(len(acknowledged) > 0, "services acknowledged", str(refused)[:500])
    for name in MANAGERS:
        wait_for(f"every acknowledged service on {name}",
                 lambda name=name: not missing_on(lab[name], acknowledged))
    for name in MANAGERS:
        lab[name].kill_daemon()
    for name in MANAGERS:
        lab[name].start_daemon()
    lab.wait_ready(MANAGERS, 3)
    for name in MANAGERS:
        wait_for(f"every acknowledged service on {name} after a restart of all",
                 lambda name=name: not missing_on(lab[name], acknowledged))
    return f"{len(acknowledged)} of {CLIENTS} services of {SERVICE_BYTES} bytes acknowledged"


@suite.test("a specification that is too large is refused with its name, its size and the bound")
def too_large(lab):
    status, answer = create(lab["m2"], "monster", 1_000_000)
    expect(status == 400 and answer["message"].startswith("service monster would have")
           and "at most 524288 are possible" in answer["message"], "the sentence", answer)


suite.run()
