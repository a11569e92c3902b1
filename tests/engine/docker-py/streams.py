"""Logs, attach and exec: everything that is a stream."""
import socket
import threading
import time

import docker

client = docker.from_env()


def read_all(stream):
    """What comes until the end, of a socket or of what docker-py makes of one."""
    stream = getattr(stream, "_sock", stream)
    stream.settimeout(20)
    return b"".join(iter(lambda: stream.recv(4096), b""))


# Logs.
script = "for i in 1 2 3; do echo line $i; sleep 0.2; done; echo error >&2"
talker = client.containers.run("busybox", ["sh", "-c", script], detach=True)
assert list(talker.logs(stream=True, stderr=False)) == [b"line 1\n", b"line 2\n", b"line 3\n"]
talker.wait()
assert talker.logs(stdout=False) == b"error\n"
assert talker.logs(tail=2, stderr=False) == b"line 3\n"  # the other one is of standard error
assert talker.logs(timestamps=True, tail=1).startswith(b"20")
assert talker.logs(since=int(time.time()) + 100) == b""
talker.remove()

# Attach as a generator, from before the start.
echo = client.containers.create("busybox", ["sh", "-c", "echo one; echo two >&2"])
output = echo.attach(stream=True, demux=True)
echo.start()
assert sorted(output, key=str) == [(None, b"two\n"), (b"one\n", None)]
echo.remove()

# Attach as a socket, with input.
cat = client.containers.create("busybox", "cat", stdin_open=True)
connection = cat.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
cat.start()
connection._sock.sendall(b"to the cat\n")
connection._sock.shutdown(socket.SHUT_WR)
assert read_all(connection) == b"\1\0\0\0\0\0\0\x0bto the cat\n"
cat.stop(timeout=0)
cat.remove()

# A terminal.
box = client.containers.run("busybox", "sleep 1000", detach=True, tty=True, stdin_open=True, init=True)
box.resize(height=30, width=100)

# Exec.
assert box.exec_run("echo hello") == (0, b"hello\n")
assert box.exec_run("false").exit_code == 1
assert box.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True).output == (b"out\n", b"err\n")
assert b"".join(box.exec_run(["sh", "-c", "echo a; sleep 0.2; echo b"], stream=True).output) == b"a\nb\n"
assert box.exec_run("env", environment={"SIZE": "large"}).output.count(b"SIZE=large\n") == 1
assert box.exec_run("id -u", user="1000").output == b"1000\n"
assert box.exec_run("pwd", workdir="/var").output == b"/var\n"
assert box.exec_run("tty", tty=True).output.startswith(b"/dev/pts/")
assert box.exec_run(["sleep", "0"], detach=True).exit_code in (None, 0)  # it may be over already
assert box.exec_run("absent").exit_code == 127

_, connection = box.exec_run("cat", stdin=True, socket=True)
connection._sock.sendall(b"through exec\n")
connection._sock.shutdown(socket.SHUT_WR)
assert read_all(connection).endswith(b"through exec\n")

exec_id = client.api.exec_create(box.id, "sh", stdin=True, tty=True)["Id"]
connection = client.api.exec_start(exec_id, tty=True, socket=True)
client.api.exec_resize(exec_id, height=11, width=44)
connection._sock.sendall(b"stty size; exit 5\n")
assert b"11 44" in read_all(connection)
assert client.api.exec_inspect(exec_id)["ExitCode"] == 5

# Detach keys, for this connection only.
connection = client.api.attach_socket(box.id, params={"stdin": 1, "stdout": 1, "stream": 1, "detachKeys": "ctrl-x,q"})
connection._sock.sendall(b"\x18q")
assert read_all(connection) in (b"", b"\r\n")
box.reload()
assert box.status == "running"

# Statistics.
assert "pids_stats" in box.stats(stream=False)
several = box.stats(decode=True)
first, second = next(several), next(several)
assert second["preread"] == first["read"] and second["cpu_stats"]["online_cpus"] > 0
several.close()

# Events, while they happen and afterwards.
begin = int(time.time())
events = client.events(decode=True, filters={"type": "container", "event": ["pause", "unpause"], "container": box.id})
timer = threading.Timer(0.3, lambda: (box.pause(), box.unpause()))
timer.start()
assert [next(events)["Action"], next(events)["Action"]] == ["pause", "unpause"]
events.close()
timer.join()
past = list(client.events(decode=True, since=begin, until=int(time.time()) + 1, filters={"event": "pause"}))
assert [event["Actor"]["ID"] for event in past] == [box.id]
box.remove(force=True)
