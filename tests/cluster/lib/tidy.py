"""Between two tests of one cluster: what the last one left, also when it failed, is not the next one's trouble."""
from .waiting import wait_for


def tidy(lab):
    manager = lab.manager()
    services = manager.es("service", "ls", "-q").split()
    if services:
        manager.es("service", "rm", *services)
    for name, node in manager.nodes().items():
        if node["Availability"] != "Active":
            manager.es("node", "update", "--availability", "active", name)
    if services:
        wait_for("the tasks of the last test to be gone", lambda: not any(board.task_ids() for board in lab.boards.values()), 20)
