"""Limits that hold, on a machine whose kernel can hold them."""
import docker

client = docker.from_env()


def output(command, **options):
    return client.containers.run("busybox", ["sh", "-c", command], remove=True, **options).decode()


group = "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max; ulimit -n"
limits = {
    "mem_limit": "64m",
    "nano_cpus": 500_000_000,
    "pids_limit": 50,
    "ulimits": [docker.types.Ulimit(name="nofile", soft=100, hard=200)],
}
assert output(group, **limits).splitlines() == ["67108864", "50000 100000", "50", "100"]

# Too much memory ends a container, and it says so.
hungry = client.containers.run(
    "busybox", ["sh", "-c", "tail /dev/zero"], mem_limit="16m", memswap_limit="16m", detach=True
)
assert hungry.wait(timeout=300)["StatusCode"] == 137
hungry.reload()
assert hungry.attrs["State"]["OOMKilled"] is True, hungry.attrs["State"]
hungry.remove()

# Too many processes are refused.
assert "can't fork" in output("sh -c 'for n in $(seq 20); do sleep 9 & done' 2>&1; true", pids_limit=5)

# Limits of a container that runs.
box = client.containers.run("busybox", "sleep 1000", mem_limit="64m", detach=True)
box.update(mem_limit="96m", memswap_limit="192m", cpu_quota=20_000, cpu_period=100_000)
_, text = box.exec_run("cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max")
assert text.split() == [b"100663296", b"20000", b"100000"], text
box.remove(force=True)
