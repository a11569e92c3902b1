"""Containers from run to remove."""
import docker
from docker.errors import APIError, ContainerError, ImageNotFound, NotFound

client = docker.from_env()
assert client.ping()
assert client.version()["ApiVersion"] == client.api.api_version
assert client.info()["ServerVersion"].startswith("28.")

# In the foreground.
assert client.containers.run("busybox", "echo hello", remove=True) == b"hello\n"
assert client.containers.run("busybox", ["sh", "-c", "echo out; echo err >&2"], stderr=True, remove=True).split() in (
    [b"out", b"err"],
    [b"err", b"out"],
)
try:
    client.containers.run("busybox", ["sh", "-c", "echo no >&2; exit 3"], remove=True)
    raise AssertionError("an exit status of 3 is an error")
except ContainerError as error:
    assert error.exit_status == 3 and error.stderr == b"no\n", error

# In the background, with some of everything.
container = client.containers.run(
    "busybox",
    "sleep 1000",
    name="py",
    detach=True,
    init=True,
    environment={"COLOUR": "red"},
    labels={"example": "py"},
    ports={"80/tcp": ("127.0.0.1", 8099)},
    extra_hosts={"db": "10.0.0.7"},
    tmpfs={"/scratch": "size=1m"},
    ulimits=[docker.types.Ulimit(name="nofile", soft=100, hard=200)],
    working_dir="/var",
    restart_policy={"Name": "on-failure", "MaximumRetryCount": 2},
    healthcheck={"test": ["CMD", "true"], "interval": 500_000_000},
)
assert container.status == "created"  # as it was when its creation was answered
container.reload()
assert container.status == "running"
assert container.attrs["Config"]["Env"][0] == "COLOUR=red"
assert container.ports == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8099"}]}, container.ports
assert [each.name for each in client.containers.list(filters={"label": "example=py"})] == ["py"]
assert client.containers.get("py").id == container.id
assert container.top()["Titles"][0] == "UID"
assert container.top(ps_args="-o pid,comm")["Titles"] == ["PID", "COMMAND"]

container.pause()
container.reload()
assert container.status == "paused"
container.unpause()
container.rename("python")
container.reload()
assert container.name == "python"
container.restart(timeout=1)
container.kill("SIGTERM")
assert container.wait(timeout=10)["StatusCode"] == 143
container.start()
container.stop(timeout=1)
assert container.wait(condition="not-running")["StatusCode"] in (137, 143)  # it may not listen to signals yet
assert {"Path": "/scratch", "Kind": 1} in container.diff()

image = container.commit("python", "committed", message="by docker-py", changes="ENV SIZE=large")
assert image.tags == ["python:committed"]
assert b"SIZE=large" in client.containers.run("python:committed", "env", remove=True)
client.images.remove("python:committed")

container.remove()
for refused, kind in [
    (lambda: client.containers.get("python"), NotFound),
    (lambda: client.containers.create("absent:1", "true"), ImageNotFound),
    (lambda: client.containers.create("busybox", name="not/allowed"), APIError),
    (lambda: client.containers.list(filters={"nothing": "1"}), APIError),
]:
    try:
        refused()
        raise AssertionError("not refused")
    except kind:
        pass

# Limits, which this machine need not be able to hold.
created = [
    client.containers.create("busybox", mem_limit="64m", nano_cpus=500_000_000, pids_limit=50) for _ in range(2)
]
limits = client.containers.get(created[0].id).attrs["HostConfig"]
assert (limits["Memory"], limits["MemorySwap"]) == (64 << 20, 128 << 20), limits
assert (limits["NanoCpus"], limits["PidsLimit"]) == (500_000_000, 50), limits
assert sorted(client.containers.prune()["ContainersDeleted"]) == sorted(each.id for each in created)
