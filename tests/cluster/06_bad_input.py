#!/usr/bin/env python3
"""Bad input from every side: one clear error, no crash, nothing changed."""
import json
import os
import socket
import sys
import threading
import time
sys.dont_write_bytecode = True

from lib import archives
from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

# Runs on the switch, where a stranger with a cable would sit.
STRANGER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "stranger.py")


def prepare(lab):
    lab.form(managers=["m1"], workers=["w1"])
    lab.board("free")  # belongs to nobody
    other = lab.board("other")  # a cluster of its own
    other.es("init")
    lab["m1"].es("service", "create", "--detach", "--name", "web", "--replicas", "2", *STAYS)
    lab["m1"].wait_running("web", 2)
    lab.state = state_of(lab)


def state_of(lab):
    """All that bad input must not change."""
    manager, boards = lab["m1"], lab.boards.values()
    return {"daemons": {board.name: board.pid for board in boards},
            "alive": {board.name: board.is_running and board.answers() for board in boards},
            "nodes": {name: (node["ID"], node["Status"]) for name, node in manager.nodes().items()},
            "images": {board.name: board.es("image", "ls", "-q", "--no-trunc") for board in boards},
            "tasks": sorted(task["ID"] for task in manager.running("web")),
            "services": manager.es("service", "ls", "-q")}


def unchanged(lab):
    def same():
        now = state_of(lab)
        if now != lab.state:
            raise Failed(str({key: value for key, value in now.items() if value != lab.state[key]}))
        return True
    wait_for("daemons, nodes, images, tasks and services as before", same, 10)


def refused(done, what):
    line = done.stderr.strip()
    expect(done.returncode == 1 and len(line.splitlines()) == 1 and len(line) < 400,
           f"{what}: exit 1 and one clear line",
           f"exit {done.returncode}: {done.stdout[-200:]} {line[-600:]}")


suite = Suite(prepare)


@suite.test("archives that are broken or hostile are refused, each in one line")
def hostile_archives(lab):
    board = lab["m1"]
    outside = os.path.join(lab.folder, "outside")
    with open(lab.image(), "rb") as file:
        good = file.read()
    told = []
    for name, data in archives.bad_archives(good, outside).items():
        path = os.path.join(lab.folder, "bad.tar")
        with open(path, "wb") as file:
            file.write(data)
        done = board.call("image", "load", "-i", path)
        try:
            refused(done, name)
        except Failed as failure:
            told.append(str(failure))
        expect(not os.path.exists(outside), f"{name}: nothing outside of the image store", outside)
    if told:
        raise Failed("\n     ".join(told))
    unchanged(lab)


@suite.test("a layer with device nodes gives no device of the host")
def device_nodes(lab):
    board = lab["m1"]
    path = os.path.join(lab.folder, "devices.tar")
    with open(path, "wb") as file:
        file.write(archives.with_layer(archives.member("disk", archives.tarfile.BLKTYPE,
                                                       device=(254, 0), mode=0o666),
                                       archives.member("memory", archives.tarfile.CHRTYPE,
                                                       device=(1, 1), mode=0o666)))
    done = board.call("image", "load", "-i", path)
    if done.returncode != 0:
        refused(done, "device nodes")
    found = lab["m1"].machine.run("find", board.data_dir, "-type", "b", "-o", "-type",
                                  "c").stdout.split()
    expect(not found, "no device node in the image store", found)
    if done.returncode == 0:
        board.es("image", "rm", "hostile:latest")
    unchanged(lab)


@suite.test("a layer of 64 GB of zeros in 64 MB is stopped before the disk is full")
def bomb(lab):
    path = os.path.join(lab.folder, "bomb.tar")
    with open(path, "wb") as file:
        file.write(archives.bomb(64 << 30))
    free_before = os.statvfs(lab.folder).f_bavail
    done = lab["m1"].call("image", "load", "-i", path, timeout=120)
    refused(done, "a bomb")
    used = (free_before - os.statvfs(lab.folder).f_bavail) * os.statvfs(lab.folder).f_frsize
    expect(used < 1 << 30, "the disk as free as before", f"{used >> 20} MiB more in use")
    os.unlink(path)
    unchanged(lab)


@suite.test("requests that are not what they should be get an error with a message")
def bad_requests(lab):
    board = lab["m1"]
    service = {"Name": "x", "TaskTemplate": {"ContainerSpec": {"Image": "busybox"}}}
    cases = [("POST", "/services/create", b"{", 400), ("POST", "/services/create", b"[]", 400),
             ("POST", "/services/create", b"", 400),
             ("POST", "/services/create", b"[" * 50_000, 400),
             ("POST", "/services/create", b'{"Name":"\xff\xfe"}', 400),
             ("POST", "/services/create", {**service, "Mode": {"Replicated": {"Replicas": -1}}},
              400),
             ("POST", "/services/create", {**service, "Mode": {"Replicated": {"Replicas": "many"}}},
              400),
             ("POST", "/services/create", {**service, "Mode": {"Replicated": {}, "Global": {}}},
              400),
             ("POST", "/services/create", {**service, "Name": "../../etc"}, 400),
             ("GET", "/services/nosuch", None, 404),
             ("GET", "/nowhere", None, 404), ("GET", "/v9.99/info", None, 400),
             ("GET", "/v1.1/info", None, 400),
             ("POST", "/services/web/update?version=1", service, 500),
             ("POST", "/services/web/update?version=x", service, 400),
             ("GET", "/tasks?filters=%7B", None, 400),
             ("GET", "/tasks?filters=%7B%22nonsense%22%3A%7B%22a%22%3Atrue%7D%7D", None, 400)]
    wrong = []
    for method, path, body, wanted in cases:
        status, answer = board.request(method, path, body)
        if status != wanted or not isinstance(answer, dict) or not answer.get("message"):
            wrong.append(f"{method} {path} {str(body)[:60]}: expected {wanted} and a message, "
                         f"saw {status}: {str(answer)[:200]}")
    if wrong:
        raise Failed("\n     ".join(wrong))
    unchanged(lab)


@suite.test("unknown fields of JSON are named and refused")
def unknown_fields(lab):
    board = lab["m1"]
    status, answer = board.request("POST", "/services/create", {
        "Name": "odd", "Colour": "blue", "Mode": {"Replicated": {"Replicas": 0, "Speed": 9}},
        "TaskTemplate": {"ContainerSpec": {"Image": "busybox", "Wings": [1, {"deep": None}]}}})
    expect(status == 400 and "Colour" in answer.get("message", ""), "400 and the field's name",
           f"{status}: {answer}")
    unchanged(lab)


def hostile_bodies():
    """Up to 2 MiB each: many members, deep, long, doubled, huge numbers, bytes that are no text."""
    def service(more, container=None):
        return {"Name": "x", **more,
                "TaskTemplate": {"ContainerSpec": {"Image": "busybox", **(container or {})}}}
    many = {f"label-{number}": "v" for number in range(120_000)}
    words = [f"W{number}=x" for number in range(120_000)]
    mounts = [{"Type": "tmpfs", "Target": f"/m{number}"} for number in range(40_000)]
    rules = [f"node.labels.l{number}==x" for number in range(70_000)]
    documents = {
        "labels": service({"Labels": many}), "container labels": service({}, {"Labels": many}),
        "env": service({}, {"Env": words}), "args": service({}, {"Args": words}),
        "mounts": service({}, {"Mounts": mounts}),
        "one long label": service({"Labels": {"a": "x" * 2_000_000}})}
    ruled = service({})
    ruled["TaskTemplate"]["Placement"] = {"Constraints": rules}
    documents["constraints"] = ruled
    bodies = {name: json.dumps(value).encode() for name, value in documents.items()}
    bodies["one label, many times"] = (b'{"Name":"x","Labels":{' + b'"a":"b",' * 250_000 +
                                       b'"a":"b"},"TaskTemplate":{"ContainerSpec":{}}}')
    bodies["deep"] = b'{"a":' * 300_000
    bodies["lists in lists"] = b"[" + b"[]," * 600_000 + b"[]]"
    bodies["a huge number"] = b'{"Name":' + b"9" * 2_000_000 + b"}"
    bodies["no text"] = b'{"Name":"' + b"\xff" * 2_000_000 + b'"}'
    return bodies


@suite.test("a body of 2 MiB of any kind does not keep others waiting")
def responsive(lab):
    board = lab["m1"]
    waits, failed, done = [], [], threading.Event()

    def ask():
        while not done.is_set():
            begin = time.monotonic()
            try:
                status, _ = board.request("GET", "/services")
            except Failed as failure:
                status = str(failure)
            waits.append(time.monotonic() - begin)
            if status != 200:
                failed.append(status)
            done.wait(0.02)

    asker = threading.Thread(target=ask)
    asker.start()
    told = []
    node = board.nodes()["m1"]["ID"]
    many = {f"l{number}": "v" for number in range(120_000)}
    version = board.get(f"/nodes/{node}")["Version"]["Index"]
    cases = [("POST", "/services/create", name, body) for name, body in hostile_bodies().items()]
    cases.append(("POST", f"/nodes/{node}/update?version={version}", "node labels", json.dumps(
        {"Role": "manager", "Availability": "active", "Labels": many}).encode()))
    try:
        for method, path, name, body in cases:
            begin = time.monotonic()
            status, answer = board.request(method, path, body)
            seconds = time.monotonic() - begin
            message = answer.get("message", "") if isinstance(answer, dict) else ""
            if not 400 <= status < 500 or not message or len(message) > 400 or seconds > 10:
                told.append(f"{name}: expected 4xx and one sentence, saw {status} after "
                            f"{seconds:.1f} s: {str(answer)[:200]}")
    finally:
        done.set()
        asker.join()
    # A second is what other programs of a busy machine may take; it was 22 s.
    expect(not told, "every body to be refused", "\n     ".join(told))
    expect(not failed and max(waits) < 2, "every other request to be answered within 2 s",
           f"{max(waits):.1f} s; {failed}")
    unchanged(lab)


@suite.test("headers and bodies without end are cut off")
def endless(lab):
    board = lab["m1"]
    begin = b"GET /_ping HTTP/1.1\r\nHost: x\r\n"
    answer = talk(board, begin + b"X: " + b"y" * 4_000_000)
    expect(answer[:12] != b"HTTP/1.1 200", "no 200 for a huge header", answer[:60])
    many = b"".join(b"X%d: y\r\n" % number for number in range(100_000))
    answer = talk(board, begin + many + b"\r\n")
    expect(answer[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400", b""),
           "431, 400 or the end of the connection", answer[:60])
    answer = talk(board, b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    expect(not answer.startswith(b"HTTP/1.1 200"), "no 200 for a huge path", answer[:60])
    begin = b"POST /services/create HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n"
    answer = talk(board, begin + b" " * 20_000_000)
    expect(answer[:10] == b"HTTP/1.1 4" or answer == b"", "4xx or the end of the connection",
           answer[:60])
    for garbage in (os.urandom(10_000), b"\x16\x03\x01" + bytes(300), b"GET\r\n\r\n",
                    b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 10_000):
        talk(board, garbage)
    unchanged(lab)


def talk(board, data):
    """Sends bytes to the API's socket and returns the beginning of the answer."""
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(10)
        channel.connect(board.socket_path)
        try:
            channel.sendall(data)
            channel.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            return channel.recv(4096)
        except OSError:
            return b""


@suite.test("garbage on the control port, the gossip port and the LAN's search")
def garbage(lab):
    for board in (lab["m1"], lab["w1"]):
        done = lab.lan.machine.run(sys.executable, STRANGER, "garbage", board.ip, timeout=90,
                                   check=False)
        expect(done.returncode == 0, "the stranger to get through its list", done.stderr[-500:])
    unchanged(lab)


@suite.test("300 connections that say nothing do not keep others out")
def silent(lab):
    done = lab.lan.machine.run(sys.executable, STRANGER, "silent", lab["m1"].ip, "300", timeout=60,
                               check=False)
    expect(done.returncode == 0, "the stranger to connect", done.stderr[-500:])
    unchanged(lab)


@suite.test("a certificate of another cluster opens nothing")
def foreign_certificate(lab):
    for target, identity in ((lab["m1"], lab["other"]), (lab["other"], lab["w1"])):
        done = lab.lan.machine.run(sys.executable, STRANGER, "certificate", target.ip,
                                   os.path.join(identity.data_dir, "node.pem"),
                                   timeout=30, check=False)
        expect(done.returncode == 0, "the connection to be closed without a word",
               done.stdout + done.stderr[-500:])
    unchanged(lab)


@suite.test("tokens that are mistyped, cut short, of another cluster or of another kind")
def tokens(lab):
    token = lab["m1"].es("join-token", "-q", "worker")
    foreign = lab["other"].es("join-token", "-q", "worker")
    lab["other"].stop_daemon()  # or its token would find it, and rightly so
    middle = len(token) // 2
    other_letter = "4" if token[middle] != "4" else "5"
    docker = "SWMTKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-1awxwuwd3z9j1z3puu7rcgdbx"
    cases = {"mistyped": [token[:middle] + other_letter + token[middle + 1:]],
             "cut short": [token[:-20]], "empty": [""], "Docker's": [docker],
             "of another cluster, asked of this one": [foreign, f"{lab['m1'].ip}:2377"],
             "a word": ["hello"], "very long": [token * 400]}
    for name, words in cases.items():
        done = lab["free"].call("join", *words, timeout=60)
        line = done.stderr.strip()
        expect(done.returncode in (1, 2) and line and len(line.splitlines()[0]) < 400,
               f"{name}: refused with a clear line",
               f"exit {done.returncode}: {line[-300:]}")
        expect(lab["free"].get("/info")["Swarm"]["LocalNodeState"] == "inactive",
               f"{name}: still free", lab["free"].get("/info")["Swarm"])
    lab["other"].start_daemon()
    lab.state["daemons"]["other"] = lab["other"].pid
    unchanged(lab)


@suite.test("a rotated token is worth nothing, the new one is")
def rotated(lab):
    old = lab["m1"].es("join-token", "-q", "worker")
    lab["m1"].es("join-token", "--rotate", "worker")
    done = lab["free"].call("join", old, timeout=60)
    refused(done, "the old token")
    new = lab["m1"].es("join-token", "-q", "worker")
    expect(new != old, "another token", new)
    unchanged(lab)
    lab["free"].es("image", "load", "-q", "-i", lab.image())
    lab["free"].es("join", new)
    wait_for("the board to be in",
             lambda: lab["m1"].nodes().get("free", {}).get("Status") == "Ready", 20)


@suite.test("the cluster still works after all that")
def still_works(lab):
    lab["m1"].es("service", "scale", "--detach", "web=6")
    lab["m1"].wait_running("web", 6)
    for board in lab.boards.values():
        for word in ("assert", "Sanitizer", "terminate"):
            expect(word not in board.log_tail(10_000), f"no `{word}` in the log of {board.name}",
                   board.log_tail(5))


suite.run()
