"""Clients: threads that do every kind of write through every manager, read what was written, and
keep a history of what they were told, in the words of tests/judge/history.h."""
import collections
import hashlib
import json
import random
import threading
import time

from .board import Connection, quote

PATIENCE_S = 20  # more than a manager's own, so that its answer is seen
COUNT = 8
SERVICES = 10
SMALL, BIG, TOO_BIG = 2_000, 450_000, 600_000
CLUSTER = "cluster"


class History:
    def __init__(self):
        self._lock = threading.Lock()
        self._lines = []
        self.counts = collections.Counter()

    def add(self, begun, client, name, kind, outcome, made="", version=0, value=""):
        ended = "-" if outcome == "unknown" else time.monotonic_ns()
        words = [begun, ended, client, name, kind]
        words += [f"made={made}"] if made else []
        words += [f"version={version}"] if version else []
        words += [f"value={value}"] if value else []
        line = " ".join(str(word) for word in (*words, outcome))
        with self._lock:
            self._lines.append((begun, line))
            self.counts["reads" if kind == "read" else outcome] += 1

    def write(self, path):
        with open(path, "w") as file:
            file.writelines(line + "\n" for _, line in sorted(self._lines))


class Unanswered(Exception):
    """Nothing was heard; `sent`: it may have been done all the same."""

    def __init__(self, sent):
        super().__init__()
        self.sent = sent


def ask(board, method, path, body=None):
    connection = Connection(board.socket_path, PATIENCE_S)
    try:
        connection.connect()
    except OSError:
        raise Unanswered(sent=False) from None
    try:
        connection.request(method, path, None if body is None else json.dumps(body).encode(),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        raw = response.read()
        return response.status, json.loads(raw) if raw else None
    except Exception:  # a half answer, a reset, a timeout: whatever it was, nobody knows
        raise Unanswered(sent=True) from None
    finally:
        connection.close()


def outcome_of(kind, status, answer):
    """What an answer claims: see the errors of core/base/result.h and the API's table of them."""
    if status in (200, 201):
        return "ok"
    if status == 409:
        return "exists" if kind == "create" else "failed"
    if status == 404:
        return "missing"
    if status in (400, 403, 413, 429, 501):
        return "failed"
    message = answer.get("message", "") if isinstance(answer, dict) else ""
    return "failed" if "out of sequence" in message else "unknown"


def digest(*parts):
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def service_digest(spec):
    return digest(spec.get("Labels"), spec["TaskTemplate"]["ContainerSpec"].get("Env"),
                  spec["Mode"]["Replicated"]["Replicas"])


def node_digest(spec):
    return digest(spec.get("Labels") or {}, spec["Availability"])


def cluster_digest(spec):
    return digest(spec.get("Labels") or {}, spec["Orchestration"]["TaskHistoryRetentionLimit"])


class Clients:
    def __init__(self, managers, seed):
        self._managers = managers
        self._seed = seed
        self._lock = threading.Lock()
        self._numbers = 0
        self._digests = {}  # number of a write -> digest of what was sent with it
        self._enough = threading.Event()
        self._threads = []
        self.history = History()
        self._names = [f"s{number}" for number in range(SERVICES)]
        self._node_ids = [node["ID"] for node in managers[0].get("/nodes")]
        self._note_beginning()

    def start(self):
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True)
                         for number in range(COUNT)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._enough.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_S)

    def summary(self):
        return ", ".join(f"{count} {what}" for what, count in sorted(self.history.counts.items()))

    def read_all(self, board):
        reads = [self._read_service(board, "last", name) for name in self._names]
        reads += [self._read_node(board, "last", node) for node in self._node_ids]
        return all((*reads, self._read_cluster(board, "last")))

    # --- reading

    def _value(self, labels, seen):
        number = (labels or {}).get("w", "")
        if not number:
            return "first-" + seen[:8]
        return number if self._digests.get(number) == seen else f"{number}-changed-{seen[:8]}"

    def _note_beginning(self):
        board = self._managers[0]
        for node in self._node_ids:
            spec = board.get(f"/nodes/{node}")["Spec"]
            self.history.add(time.monotonic_ns(), "first", f"node/{node}", "create", "ok",
                             value=self._value(spec.get("Labels"), node_digest(spec)))
        spec = board.get("/swarm")["Spec"]
        self.history.add(time.monotonic_ns(), "first", CLUSTER, "create", "ok",
                         value=self._value(spec.get("Labels"), cluster_digest(spec)))

    def _read(self, board, client, name, path, digest_of):
        """The object and how it was made; None when nobody answered, False when it is absent."""
        begun = time.monotonic_ns()
        try:
            status, seen = ask(board, "GET", path)
        except Unanswered:
            return None
        if status == 404:
            self.history.add(begun, client, name, "read", "absent")
            return False
        if status != 200:
            return None
        labels = seen["Spec"].get("Labels") or {}
        self.history.add(begun, client, name, "read", "ok", labels.get("made", ""),
                         seen["Version"]["Index"], self._value(labels, digest_of(seen["Spec"])))
        return seen

    def _read_service(self, board, client, name):
        """The service, "absent", or None when nobody answered."""
        seen = self._read(board, client, f"service/{name}", f"/services/{name}", service_digest)
        return "absent" if seen is False else seen

    def _read_node(self, board, client, node):
        return self._read(board, client, f"node/{node}", f"/nodes/{node}", node_digest)

    def _read_cluster(self, board, client):
        return self._read(board, client, CLUSTER, "/swarm", cluster_digest)

    # --- writing

    def _run(self, number):
        dice = random.Random(self._seed * 1_000 + number)
        client = f"c{number}"
        while not self._enough.is_set():
            board = dice.choice(self._managers)
            kind = dice.choice(("service",) * 7 + ("node",) * 2 + ("cluster",))
            try:
                getattr(self, "_use_" + kind)(board, client, dice)
            except Unanswered:
                pass
            self._enough.wait(dice.uniform(0.0, 0.1))

    def _write(self, board, client, name, kind, path, body, method="POST", **seen):
        begun = time.monotonic_ns()
        try:
            status, answer = ask(board, method, path, body)
        except Unanswered as lost:
            if lost.sent:
                self.history.add(begun, client, name, kind, "unknown", **seen)
            return
        self.history.add(begun, client, name, kind, outcome_of(kind, status, answer), **seen)

    def _number(self, labels):
        with self._lock:
            self._numbers += 1
            labels["w"] = f"w{self._numbers}"
        return labels["w"]

    def _sign(self, spec, digest_of):
        """The number of this write, put into its labels; what is sent is remembered under it."""
        spec["Labels"] = dict(spec.get("Labels") or {})
        number = self._number(spec["Labels"])
        self._digests[number] = digest_of(spec)
        return number

    @staticmethod
    def _payload(dice):
        size = dice.choice((0,) * 6 + (SMALL,) * 3 + (BIG,))
        if size == BIG and dice.random() < 0.1:
            size = TOO_BIG
        return "b" * dice.randint(size // 2, size)

    def _use_service(self, board, client, dice):
        name = dice.choice(self._names)
        seen = self._read_service(board, client, name)
        if not seen:
            return
        if seen == "absent":
            spec = {"Name": name, "Mode": {"Replicated": {"Replicas": dice.randint(0, 2)}},
                    "TaskTemplate": {"ContainerSpec": {
                        "Image": "busybox:latest", "Env": ["ONE=1"],
                        "Args": ["sh", "-c", "trap exit TERM; sleep 1d & wait"]},
                        "Resources": {"Reservations": {"MemoryBytes": 8 << 20}}}}
            spec["Labels"] = {"payload": self._payload(dice)}
            number = self._sign(spec, service_digest)
            spec["Labels"]["made"] = number
            self._digests[number] = service_digest(spec)
            self._write(board, client, f"service/{name}", "create", "/services/create", spec,
                        made=number, value=number)
            return
        made = seen["Spec"]["Labels"]["made"]
        version = seen["Version"]["Index"]
        another = dice.choice(self._managers)
        what = dice.random()
        if what < 0.2:
            self._write(another, client, f"service/{name}", "remove", f"/services/{seen['ID']}", None,
                        method="DELETE", made=made)
            return
        spec = seen["Spec"]
        path = f"/services/{seen['ID']}/update?version={version}"
        if what < 0.3:
            self._write(another, client, f"service/{name}", "rollback", path + "&rollback=previous",
                        spec, made=made, version=version)
            return
        spec["Mode"]["Replicated"]["Replicas"] = dice.randint(0, 2)
        if what < 0.6:
            spec["Labels"]["payload"] = self._payload(dice)
            spec["TaskTemplate"]["ContainerSpec"]["Env"] = [f"ONE={dice.randint(1, 9)}"]
        number = self._sign(spec, service_digest)
        self._write(another, client, f"service/{name}", "update", path, spec,
                    made=made, version=version, value=number)

    def _use_node(self, board, client, dice):
        node = dice.choice(self._node_ids)
        seen = self._read_node(board, client, node)
        if not seen:
            return
        spec = seen["Spec"]
        spec["Labels"] = {"zone": f"z{dice.randint(0, 3)}"}
        if dice.random() < 0.05:
            spec["Labels"]["huge"] = "h" * 3_000_000
        number = self._sign(spec, node_digest)
        version = seen["Version"]["Index"]
        self._write(dice.choice(self._managers), client, f"node/{node}", "update",
                    f"/nodes/{quote(node)}/update?version={version}", spec,
                    version=version, value=number)

    def _use_cluster(self, board, client, dice):
        seen = self._read_cluster(board, client)
        if not seen:
            return
        spec = seen["Spec"]
        spec["Orchestration"]["TaskHistoryRetentionLimit"] = dice.randint(1, 5)
        number = self._sign(spec, cluster_digest)
        version = seen["Version"]["Index"]
        rotate = dice.choice(("", "&rotateWorkerToken=true", "&rotateManagerToken=true"))
        self._write(dice.choice(self._managers), client, CLUSTER, "update",
                    f"/swarm/update?version={version}{rotate}", spec,
                    version=version, value=number)
