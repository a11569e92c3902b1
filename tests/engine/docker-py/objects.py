"""Networks and volumes."""
import docker
from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool, Mount

client = docker.from_env()

# Networks.
pool = IPAMPool(subnet="10.20.0.0/24", gateway="10.20.0.1")
network = client.networks.create(
    "py-net", driver="bridge", ipam=IPAMConfig(pool_configs=[pool]), labels={"example": "py"}, check_duplicate=True
)
assert [each.name for each in client.networks.list(names=["py-net"])] == ["py-net"]
assert [each.id for each in client.networks.list(filters={"label": "example"})] == [network.id]
endpoint = client.api.create_endpoint_config(ipv4_address="10.20.0.50", aliases=["alias"])
one = client.containers.run(
    "busybox", "sleep 1000", detach=True, init=True, network="py-net", networking_config={"py-net": endpoint}
)
two = client.containers.run("busybox", "sleep 1000", detach=True, init=True)
network.connect(two, ipv4_address="10.20.0.60")
assert two.exec_run("ping -c1 -W2 alias").exit_code == 0
network.reload()
assert sorted(each.id for each in network.containers) == sorted([one.id, two.id])
try:
    network.remove()
    raise AssertionError("a network in use was removed")
except APIError as error:
    assert error.status_code == 403, error
network.disconnect(two)
one.remove(force=True)
two.remove(force=True)
assert client.networks.prune(filters={"label": "example=py"})["NetworksDeleted"] == ["py-net"]

# Volumes.
volume = client.volumes.create("py-volume", driver="local", labels={"example": "py"})
assert client.volumes.get("py-volume").attrs["Labels"] == {"example": "py"}
assert [each.name for each in client.volumes.list(filters={"label": "example=py"})] == ["py-volume"]
client.containers.run("busybox", ["sh", "-c", "echo kept >/data/file"], volumes={"py-volume": {"bind": "/data"}}, remove=True)
mount = Mount("/data", "py-volume", type="volume", read_only=True)
assert client.containers.run("busybox", "cat /data/file", mounts=[mount], remove=True) == b"kept\n"
user = client.containers.create("busybox", mounts=[mount])
try:
    volume.remove()
    raise AssertionError("a volume in use was removed")
except APIError as error:
    assert error.status_code == 409, error
user.remove()
volume.remove()
try:
    client.volumes.get("py-volume")
    raise AssertionError("the volume is still there")
except NotFound:
    pass
client.volumes.create()
assert len(client.volumes.prune()["VolumesDeleted"]) == 1
assert sorted(client.df()) == ["BuildCache", "Containers", "Images", "LayersSize", "Volumes"], client.df()
