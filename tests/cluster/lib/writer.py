"""A Writer creates and updates services without a break and remembers what was acknowledged."""
import threading
import time

from .waiting import Failed

PATIENCE_S = 20  # more than a manager's own, so that its answer is seen


def spec(name, value):
    return {"Name": name, "Labels": {"value": value}, "Mode": {"Replicated": {"Replicas": 0}},
            "TaskTemplate": {"ContainerSpec": {"Image": "busybox:latest"}}}


def create(board, name, value):
    status, _ = board.request("POST", "/services/create", spec(name, value), timeout=PATIENCE_S)
    return status


def update(board, name, value):
    status, service = board.request("GET", f"/services/{name}", timeout=PATIENCE_S)
    if status != 200:
        return status
    path = f"/services/{service['ID']}/update?version={service['Version']['Index']}"
    status, _ = board.request("POST", path, spec(name, value), timeout=PATIENCE_S)
    return status


class Writer(threading.Thread):
    """Each service carries a label `value` and has no replicas: only writes are measured."""

    def __init__(self, boards, prefix="w"):
        super().__init__(daemon=True)
        self._boards = boards
        self._prefix = prefix
        self._enough = threading.Event()
        self.acknowledged = {}  # name -> value, of which a cluster must not lose one
        self.uncertain = {}  # name -> values whose answer never came: both outcomes are right
        self.accepted_at = []  # (asked, answered) of each acknowledged write
        self.refused = 0

    def run(self):
        number = 0
        while not self._enough.is_set():
            number += 1
            name = f"{self._prefix}-{number // 2}"
            if number % 2 == 0:
                self._write(name, str(number), create)
            elif name in self.acknowledged:
                self._write(name, str(number), update)

    def stop(self):
        self._enough.set()
        self.join(30)

    def next_accepted_after(self, moment, timeout=20):
        """Seconds from `moment` until a write was acknowledged that was asked for after it."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            answers = [end for begin, end in list(self.accepted_at) if begin >= moment]
            if answers:
                return min(answers) - moment
            time.sleep(0.005)
        raise Failed(f"expected an accepted write within {timeout} s, saw none")

    def _write(self, name, value, ask):
        """Asks one manager after the other until one says yes."""
        asked = time.monotonic()
        for board in self._boards:
            if not board.is_running:
                continue
            try:
                status = ask(board, name, value)
            except Failed:
                self.uncertain.setdefault(name, set()).add(value)
                continue
            if status in (200, 201):
                self.acknowledged[name] = value
                self.accepted_at.append((asked, time.monotonic()))
                return
            if status == 409 and value in self.uncertain.get(name, ()):
                return  # the first try had worked after all
            if status >= 500:  # "the leader was lost before it answered": it may be done yet
                self.uncertain.setdefault(name, set()).add(value)
            self.refused += 1
        time.sleep(0.01)

    def lost(self, board):
        """Acknowledged writes that the cluster does not hold."""
        held = {service["Spec"]["Name"]: service["Spec"]["Labels"].get("value")
                for service in board.get("/services")}
        return {name: (value, held.get(name)) for name, value in self.acknowledged.items()
                if held.get(name) != value and held.get(name) not in self.uncertain.get(name, ())}
