"""Images and the files of containers; the argument is a registry."""
import io
import sys
import tarfile

import docker
from docker.errors import BuildError, ImageNotFound, NotFound

client = docker.from_env()
registry = sys.argv[1]


def archive(files):
    """A tar archive of files, by name and content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer


# Build.
dockerfile = b"FROM busybox\nARG SIZE\nCOPY file /file\nRUN echo $SIZE >/size\nLABEL example=py\nCMD cat /file /size\n"
image, log = client.images.build(
    fileobj=archive({"Dockerfile": dockerfile, "file": b"from python\n"}),
    custom_context=True,
    tag="py:built",
    buildargs={"SIZE": "large"},
    rm=True,
)
assert any(line.get("stream", "").startswith("Successfully built") for line in log)
assert client.containers.run("py:built", remove=True) == b"from python\nlarge\n"
assert image.labels == {"example": "py"} and image.tags == ["py:built"]
try:
    client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN exit 9\n"), rm=True)
    raise AssertionError("a build that fails")
except BuildError as error:
    assert "returned a non-zero code: 9" in error.msg, error.msg

# Save and load.
saved = io.BytesIO(b"".join(image.save(named="py:built")))
client.images.remove("py:built", force=True)
assert client.images.list("py") == []
(loaded,) = client.images.load(saved)
assert loaded.id == image.id and loaded.tags == ["py:built"]
assert loaded.history()[0]["CreatedBy"].endswith('CMD ["/bin/sh" "-c" "cat /file /size"]'), loaded.history()[0]

# Push and pull.
name = f"{registry}/py"
assert image.tag(name, "1")
pushed = list(client.images.push(name, tag="1", stream=True, decode=True))
assert pushed[-1]["aux"]["Tag"] == "1" and not any("error" in line for line in pushed), pushed
client.images.remove(f"{name}:1")
client.images.remove("py:built")
pulled = client.images.pull(name, tag="1")
assert pulled.id == image.id and pulled.tags == [f"{name}:1"]
assert client.images.get_registry_data(f"{name}:1").id == pulled.attrs["RepoDigests"][0].split("@")[1]
assert {"status": f"Status: Image is up to date for {name}:1"} in client.api.pull(name, tag="1", stream=True, decode=True)
client.images.remove(f"{name}:1")
for missing in (lambda: client.images.get("py:built"), lambda: client.images.pull(name, tag="2")):
    try:
        missing()
        raise AssertionError("an image that is not there")
    except (ImageNotFound, NotFound):
        pass
client.images.prune(filters={"dangling": True})

# Files of a container.
box = client.containers.create("busybox", "cat /var/in")
assert box.put_archive("/var", archive({"in": b"put before the start\n"}).read())
box.start()
box.wait()
assert box.logs() == b"put before the start\n"
pieces, status = box.get_archive("/var/in")
assert status["name"] == "in" and status["size"] == 21, status
with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
    assert tar.extractfile("in").read() == b"put before the start\n"
with tarfile.open(fileobj=io.BytesIO(b"".join(box.get_archive("/var/in", encode_stream=True)[0]))) as tar:
    assert tar.getnames() == ["in"]
with tarfile.open(fileobj=io.BytesIO(b"".join(box.export()))) as tar:
    assert "var/in" in tar.getnames()
box.remove()
