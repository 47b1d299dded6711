"""Between two tests: what the last one left is not the next one's trouble."""
from .waiting import Failed, wait_for


def tidy(lab):
    manager = lab.manager()
    services = manager.es("service", "ls", "-q").split()
    if services:
        manager.es("service", "rm", *services)
    for name, node in manager.nodes().items():
        if node["Availability"] != "Active":
            manager.es("node", "update", "--availability", "active", name)
    if services:
        def left():
            return {board.name: board.task_ids() for board in lab.boards.values()
                    if board.task_ids()}
        try:
            wait_for("the tasks of the last test to be gone", lambda: not left(), 20)
        except Failed as failure:
            raise Failed(f"{failure}; left: {left()}") from failure
