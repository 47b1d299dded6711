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
FULL_SERVICES = 80  # more than fit into 32 MiB

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


def create_surely(board, name):
    """Asks again while a busy machine has no leader. 409: the one before was made."""
    def answer():
        status, body = create(board, name, SERVICE_BYTES)
        return None if status == 503 else (status, body)
    return wait_for(f"an answer about {name}", answer, 60)


@suite.test("a cluster that holds as much as it can refuses more, and a new manager is sent all of it")
def full(lab):
    names = [f"full{i}" for i in range(FULL_SERVICES)]
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(names, pool.map(lambda name: create_surely(lab["m1"], name), names)))
    made = [name for name, (status, _) in answers.items() if status in (201, 409)]
    refused = [answer for name, answer in answers.items() if name not in made]
    expect(refused and all(status == 429 and "remove services that are not needed" in answer["message"]
                           for status, answer in refused), "429 and what to do", str(refused)[:500])
    newcomer = lab.board("m4")
    newcomer.es("join", lab["m1"].es("join-token", "-q", "manager"))
    wait_for("every service on the new manager", lambda: not missing_on(newcomer, made), 60)
    for name in made[:2]:
        status, answer = lab["m2"].request("DELETE", "/services/" + name)
        expect(status == 200, "a service removed", f"{status}: {answer}")
    wait_for("room for one more", lambda: create_surely(newcomer, "one-more")[0] in (201, 409))
    return f"{len(made)} services of {SERVICE_BYTES} bytes"


suite.run()
