"""What the tests run in containers.

Process 1 ignores SIGTERM unless it says what to do; then each stop takes the grace period.
"""

STAYS = ["busybox", "sh", "-c", "trap exit TERM; echo begun; sleep 1d & wait"]


def shell(script, image="busybox"):
    return [image, "sh", "-c", script]
