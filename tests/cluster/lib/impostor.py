#!/usr/bin/env python3
"""Who has a node's certificate and means harm. Runs inside the switch's namespaces; imports only the stranger.

    impostor.py IP NODE.PEM NODE_ID MANAGER_IP       says all that a manager may say, as the node of that certificate
    impostor.py heaps IP BYTES [NODE.PEM]            sends messages of every kind that are made of as many small parts as there is room for
    impostor.py crowd IP COUNT SECONDS               holds greeted connections without a certificate, and opens new ones
"""
import ssl
import sys
import time
sys.dont_write_bytecode = True

from stranger import CONTROL, tls

ANSWER_S = 2
HELLO = b"\x00\x00\x00\x00\x01"  # a frame of kind 1: the greeting, whose fields are all as usual
TERM = 900
ASSIGNED, RUNNING = 192, 512


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def run(field, payload):
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def frame(kind, fields):
    """A message of the core: the kind is the place of its alternative, from 1."""
    message = run(1, run(kind, fields))
    envelope = run(1, run(1, message))
    return len(envelope).to_bytes(4, "big") + b"\x02" + envelope


def orders(node, ip):
    manager = run(1, node) + number(2, 3) + run(3, run(1, ip.encode()) + number(2, CONTROL))
    session = TERM << 32 | 1
    task = (run(1, b"\x07" * 16) + run(3, run(1, run(1, b"busybox") + run(3, b"sleep") + run(3, b"1000")))
            + run(9, number(2, ASSIGNED)) + number(10, RUNNING))
    yield "SessionInfo", frame(7, number(1, session) + run(2, manager))
    yield "Assignments", frame(8, number(1, session) + number(2, 1) + number(3, 1) + run(4, task))
    yield "NotLeader", frame(14, number(1, 2 ** 62) + run(2, manager))
    yield "LeaderHello", frame(13, number(1, 2 ** 62) + run(2, manager))
    yield "CertificateReply", frame(5, number(1, 1) + run(2, b"no certificate"))
    yield "Removed", frame(15, b"")


def impostor(ip, certificate, node, manager_ip):
    for name, message in orders(bytes.fromhex(node), manager_ip):
        try:
            with tls(ip, certificate, ANSWER_S) as channel:
                channel.sendall(HELLO + message)
                channel.recv(4096)
        except OSError as refusal:
            print(name, "refused:", refusal)


def heaps(ip, size, certificate=None):
    for kind in range(1, 24):
        for field in range(1, 9):
            for part in (run(field, b""), run(field, run(1, b"")), number(field, 1)):
                message = frame(kind, run(1, part * (size // len(part) // 2)) + part * (size // len(part) // 2))
                try:
                    with tls(ip, certificate, ANSWER_S) as channel:
                        channel.sendall(HELLO + message)
                        if certificate is None or kind == 6:
                            channel.recv(4096)  # which comes, or the end: then it was read
                except OSError:
                    pass


def crowd(ip, count, seconds):
    """As many as there may be, all the time: who is closed comes again."""
    held, deadline, opened = [], time.monotonic() + seconds, 0
    print("here", flush=True)
    while time.monotonic() < deadline:
        while len(held) < count:
            try:
                channel = tls(ip)
                channel.sendall(HELLO)
                channel.setblocking(False)
                held.append(channel)
                opened += 1
            except OSError:
                break
        for channel in list(held):
            try:
                if channel.recv(4096) == b"":
                    held.remove(channel)
            except (ssl.SSLWantReadError, BlockingIOError):
                pass
            except OSError:
                held.remove(channel)
        time.sleep(0.01)
    print(opened, "opened")


if __name__ == "__main__":
    if sys.argv[1] == "crowd":
        crowd(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    elif sys.argv[1] == "heaps":
        heaps(sys.argv[2], int(sys.argv[3]), *sys.argv[4:5])
    else:
        impostor(*sys.argv[1:5])
