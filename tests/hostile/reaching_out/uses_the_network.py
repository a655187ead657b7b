"""Connects to what it is told of on this machine and to addresses outside, by all kinds of sockets."""
# %% first
import json
import socket


def attempt(action):
    try:
        return f"reached: {action()!r}"
    except (OSError, ValueError) as error:
        return type(error).__name__


def connect(family, kind, address):
    with socket.socket(family, kind) as line:
        line.settimeout(1)
        line.connect(address)
        line.sendall(b"hello")


def send(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.settimeout(1)
        return line.sendto(b"hello", address)


def netlink():
    with socket.socket(16, socket.SOCK_RAW, 0) as line:
        line.bind((0, 0))


def own_line():
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as line:
        server.bind("\0own")
        server.listen()
        line.connect("\0own")
        return server.accept()[0].close()

# %% last
stream, inet, inet6 = socket.SOCK_STREAM, socket.AF_INET, socket.AF_INET6
actions = {
    "own": own_line,
    "port": lambda: connect(inet, stream, ("127.0.0.1", PORT)),
    "port, any address": lambda: connect(inet, stream, ("0.0.0.0", PORT)),
    "port, IPv6": lambda: connect(inet6, stream, ("::1", PORT)),
    "abstract name": lambda: connect(socket.AF_UNIX, stream, ABSTRACT),
    "path": lambda: connect(socket.AF_UNIX, stream, SOCKET_PATH),
    "vsock": lambda: connect(40, stream, (2, 1024)),
    "netlink": netlink,
    "packets": lambda: socket.socket(17, socket.SOCK_RAW),
    "raw": lambda: socket.socket(inet, socket.SOCK_RAW, 1),
    "bluetooth": lambda: socket.socket(31, socket.SOCK_RAW, 0),
    "crypto": lambda: socket.socket(38, socket.SOCK_SEQPACKET),
    "outside": lambda: connect(inet, stream, ("192.0.2.1", 80)),
    "outside, IPv6": lambda: connect(inet6, stream, ("2001:db8::1", 80)),
    "outside, UDP": lambda: send(inet, ("192.0.2.1", 53)),
    "metadata of a cloud": lambda: connect(inet, stream, ("169.254.169.254", 80)),
    "broadcast": lambda: send(inet, ("255.255.255.255", 9)),
    "name": lambda: socket.getaddrinfo("example.org", 80),
}
print(json.dumps({name: attempt(action) for name, action in actions.items()}))
