#!/usr/bin/env python3
"""A stranger on the LAN. Runs inside the switch's namespaces; imports nothing of the library.

    stranger.py garbage IP | silent IP COUNT | certificate IP NODE.PEM
"""
import random
import socket
import ssl
import sys
import time

CONTROL, GOSSIP = 2377, 7946


def send_tcp(ip, port, data, wait=0.3):
    """Sends and hangs up. A refusal in the middle is what we hope for."""
    try:
        with socket.create_connection((ip, port), timeout=5) as channel:
            channel.settimeout(wait)
            channel.sendall(data)
            channel.recv(4096)
    except OSError:
        pass


def tls(ip, certificate=None, wait=5):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate)
    channel = context.wrap_socket(socket.create_connection((ip, CONTROL), timeout=5))
    channel.settimeout(wait)
    return channel


def garbage(ip):
    choice = random.Random(7)
    inputs = [choice.randbytes(size) for size in (1, 5, 100, 5_000, 1_000_000)]
    inputs += [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(70_000),
               b"\x16\x03\x01\x02\x00\x01", bytes(100_000)]
    for data in inputs:
        send_tcp(ip, CONTROL, data)
        send_tcp(ip, GOSSIP, data)
    # Behind a proper handshake: frames that promise too much, of no kind, of nothing.
    for frame in (b"\xff\xff\xff\xff\x01", b"\x00\x00\x00\x05\x63hello",
                  b"\x00\x00\x00\x00\x01" * 1_000, choice.randbytes(200_000)):
        try:
            with tls(ip) as channel:
                channel.sendall(frame)
                channel.recv(4096)
        except OSError:
            pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for number in range(3_000):
            data = choice.randbytes(choice.randrange(0, 1_400))
            for target in ((ip, GOSSIP), (ip, CONTROL)):
                try:
                    channel.sendto(data, target)
                except OSError:
                    pass
            if number % 100 == 0:
                channel.sendto(data, ("10.88.0.255", CONTROL))
                channel.sendto(data, ("10.88.0.255", GOSSIP))


def silent(ip, count):
    held = []
    for number in range(count):
        try:
            held.append(socket.create_connection((ip, CONTROL if number % 2 else GOSSIP),
                                                 timeout=2))
        except OSError:
            break
    deadline = time.monotonic() + 2
    while True:
        # A bound on connections may refuse more of them, but not for ever.
        try:
            tls(ip).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                break
            held = held[: len(held) // 2]
    for channel in held:
        channel.close()


def certificate(ip, path):
    """Fails when the port says a single word of the protocol to a foreign certificate."""
    try:
        with tls(ip, path) as channel:
            channel.sendall(b"\x00\x00\x00\x04\x01\x08\x01\x10\x00")
            answer = channel.recv(4096)
    except OSError as refusal:
        print("refused:", refusal)
        return
    if answer:
        sys.exit(f"the port answered {answer[:60]!r}")
    print("closed")


if __name__ == "__main__":
    {"garbage": lambda: garbage(sys.argv[2]),
     "silent": lambda: silent(sys.argv[2], int(sys.argv[3])),
     "certificate": lambda: certificate(sys.argv[2], sys.argv[3])}[sys.argv[1]]()
