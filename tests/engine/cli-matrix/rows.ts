/** What the stock command prints and returns for a command line, as with Docker's own engine. */
export interface Row {
  /** Words behind `docker`; quoted ones may have blanks in them. */
  readonly line: string;
  readonly status?: number;
  /** All of standard output, without white space at its end. Nothing, if it is left out. */
  readonly out?: string | RegExp;
  /** All of standard error, likewise. */
  readonly err?: string | RegExp;
}

const id = /^[0-9a-f]{64}$/;
const daemon = (message: string) => `Error response from daemon: ${message}`;
const noContainer = (name: string) => daemon(`No such container: ${name}`);

/** In the order in which they are run, on an engine that has the image busybox:latest and nothing else. */
export const rows: Readonly<Record<string, readonly Row[]>> = {
  system: [
    {
      line: "version --format '{{.Server.APIVersion}} {{.Server.MinAPIVersion}} {{.Server.Os}}'",
      out: '1.51 1.24 linux',
    },
    {
      line: "info --format '{{.Driver}} {{.CgroupVersion}} {{.Swarm.LocalNodeState}}'",
      out: 'overlay2 2 inactive',
    },
    { line: 'ps --no-trunc', out: /^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/ },
    { line: 'ps -aq' },
    { line: 'volume ls', out: 'DRIVER    VOLUME NAME' },
    { line: 'container prune --force', out: 'Total reclaimed space: 0B' },
    { line: 'node ls', status: 1, err: /^Error response from daemon: This node is not a swarm manager\. / },
    { line: 'swarm leave', status: 1, err: daemon('This node is not part of a swarm') },
    { line: 'plugin ls', out: 'ID        NAME      DESCRIPTION   ENABLED' },
  ],
  images: [
    {
      line: "images --format '{{.Repository}}:{{.Tag}}' --filter reference=busybox",
      out: 'busybox:latest',
    },
    { line: 'images --quiet nothing' },
    { line: 'tag busybox other:1' },
    { line: "images --format '{{.Repository}}:{{.Tag}}' --filter reference=other", out: 'other:1' },
    {
      line: 'tag busybox INVALID',
      status: 1,
      err: 'Error parsing reference: "INVALID" is not a valid repository/tag: invalid reference format: repository name (library/INVALID) must be lowercase',
    },
    { line: 'tag absent x', status: 1, err: daemon('No such image: absent:latest') },
    { line: 'rmi other:1', out: 'Untagged: other:1' },
    { line: 'rmi other:1', status: 1, err: 'Error response from daemon: No such image: other:1' },
    {
      line: 'image inspect absent',
      status: 1,
      out: '[]',
      err: 'Error response from daemon: No such image: absent:latest',
    },
    { line: "image inspect --format '{{.Os}} {{.Config.Cmd}}' busybox", out: /^linux \[/ },
    { line: 'history --quiet busybox', out: /^sha256:[0-9a-f]{12}|^[0-9a-f]{12}/ },
    { line: 'history absent', status: 1, err: daemon('No such image: absent:latest') },
    {
      line: 'save absent',
      status: 1,
      err: /^Error response from daemon: (No such image: absent:latest|reference does not exist)$/,
    },
  ],
  create: [
    { line: 'create --name one busybox true', out: id },
    {
      line: 'create --name one busybox true',
      status: 1,
      err: /^Error response from daemon: Conflict\. The container name "\/one" is already in use by container "[0-9a-f]{64}"\. You have to remove \(or rename\) that container to be able to reuse that name\.$/,
    },
    {
      line: "create --name 'a b' busybox",
      status: 1,
      err: daemon('Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'),
    },
    { line: 'create --pull never absent', status: 1, err: daemon('No such image: absent:latest') },
    {
      line: 'create --workdir relative busybox',
      status: 1,
      err: daemon("the working directory 'relative' is invalid, it needs to be an absolute path"),
    },
    {
      line: 'create --restart sometimes busybox',
      status: 1,
      err: daemon(
        "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
      ),
    },
    {
      line: 'create --rm --restart always busybox',
      status: 125,
      err: "docker: Conflicting options: --restart and --rm.\nSee 'docker create --help'.",
    },
    { line: 'create --memory 1m busybox', status: 1, err: daemon('Minimum memory limit allowed is 6MB') },
    { line: 'create --stop-signal NONSENSE busybox', status: 1, err: daemon('invalid signal: NONSENSE') },
    {
      line: 'create --log-driver nonsense busybox',
      status: 1,
      err: /logger: no log driver named 'nonsense' is registered/,
    },
    { line: "ps -a --format '{{.Names}} {{.Image}} {{.Status}}'", out: 'one busybox Created' },
    {
      line: "inspect --format '{{.Name}} {{.State.Status}} {{.State.Running}} {{.RestartCount}} {{.Path}}' one",
      out: '/one created false 0 true',
    },
    { line: 'port one' },
    { line: 'logs one' },
  ],
  lifecycle: [
    { line: 'start one', out: 'one' },
    { line: 'wait one', out: '0' },
    {
      line: "inspect --format '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' one",
      out: 'exited 0',
    },
    { line: 'stop one', out: 'one' },
    {
      line: 'kill one',
      status: 1,
      err: /^Error response from daemon: cannot kill container: one: container [0-9a-f]{64} is not running$/,
    },
    {
      line: 'pause one',
      status: 1,
      err: /^Error response from daemon: container [0-9a-f]{64} is not running$/i,
    },
    {
      line: 'unpause one',
      status: 1,
      err: /^Error response from daemon: Container [0-9a-f]{64} is not paused$/i,
    },
    {
      line: 'exec one true',
      status: 1,
      err: /^Error response from daemon: container [0-9a-f]{64} is not running$/i,
    },
    {
      line: 'top one',
      status: 1,
      err: /^Error response from daemon: container [0-9a-f]{64} is not running$/i,
    },
    { line: 'attach one', status: 1, err: 'You cannot attach to a stopped container, start it first' },
    { line: 'rename one uno' },
    {
      line: 'rename absent x',
      status: 1,
      err: `${noContainer('absent')}\nError: failed to rename container named absent`,
    },
    {
      line: 'rename uno uno',
      status: 1,
      err: /^Error response from daemon: Renaming a container with the same name as its current name\n/,
    },
    { line: 'rm uno', out: 'uno' },
    { line: 'rm uno', status: 1, err: noContainer('uno') },
    { line: 'rm --force absent', status: 0, err: noContainer('absent') },
    {
      line: 'start absent',
      status: 1,
      err: `${noContainer('absent')}\nError: failed to start containers: absent`,
    },
    { line: 'stop absent', status: 1, err: noContainer('absent') },
    { line: 'restart absent', status: 1, err: noContainer('absent') },
    { line: 'wait absent', status: 1, err: noContainer('absent') },
    { line: 'logs absent', status: 1, err: noContainer('absent') },
    { line: 'top absent', status: 1, err: noContainer('absent') },
    { line: 'port absent', status: 1, err: noContainer('absent') },
    { line: 'diff absent', status: 1, err: noContainer('absent') },
    { line: 'inspect absent', status: 1, out: '[]', err: 'Error: No such object: absent' },
  ],
  run: [
    { line: 'run --rm busybox echo hello', out: 'hello' },
    { line: "run --rm busybox sh -c 'echo out; echo err >&2; exit 3'", status: 3, out: 'out', err: 'err' },
    {
      line: 'run --rm busybox nonsense',
      status: 127,
      err: /exec: "nonsense": executable file not found in \$PATH/,
    },
    { line: 'run --rm busybox /etc', status: 126, err: /permission denied|is a directory/ },
    {
      line: 'run --pull never absent',
      status: 125,
      err: /^docker: Error response from daemon: No such image: absent:latest\.?\n\nRun 'docker run --help'|^docker: Error response from daemon: No such image: absent:latest\.\nSee 'docker run --help'\.$/,
    },
    { line: 'run --rm --workdir /new/place busybox pwd', out: '/new/place' },
    { line: "run --rm --env A=b --env HOME=/x busybox sh -c 'echo $A $HOME'", out: 'b /x' },
    { line: 'run --rm --user 1000:1000 busybox id -u', out: '1000' },
    {
      line: 'run --rm --user nobody-here busybox true',
      status: 125,
      err: /unable to find user nobody-here: no matching entries in passwd file/,
    },
    { line: 'run --rm --hostname other busybox hostname', out: 'other' },
    { line: 'run --rm --entrypoint echo busybox a b', out: 'a b' },
    {
      line: 'run --rm --read-only busybox touch /file',
      status: 1,
      err: 'touch: /file: Read-only file system',
    },
    { line: 'run --rm --tmpfs /scratch busybox stat -f -c %T /scratch', out: 'tmpfs' },
    { line: 'run --rm --cap-drop ALL busybox chown 1:1 /tmp', status: 1, err: /Operation not permitted/ },
    { line: 'run --rm --network none busybox ls /sys/class/net', out: 'lo' },
    {
      line: 'run --rm --mount type=bind,source=/absent,target=/x busybox true',
      status: 125,
      err: /invalid mount config for type "bind": bind source path does not exist: \/absent/,
    },
    {
      line: 'run --rm --mount type=nonsense,target=/x busybox true',
      status: 125,
      err: /mount type unknown: "?nonsense"?|invalid mount config/,
    },
    { line: 'run -d --name long busybox sleep 100', out: id },
    { line: 'start long', out: 'long' },
    { line: 'exec long echo in it', out: 'in it' },
    { line: "exec long sh -c 'exit 9'", status: 9 },
    {
      line: 'exec long nonsense',
      status: 127,
      out: /exec: "nonsense": executable file not found in \$PATH$/,
    },
    { line: 'exec --user 1 long id -u', out: '1' },
    { line: 'exec --workdir /etc long pwd', out: '/etc' },
    { line: "exec --env X=y long sh -c 'echo $X'", out: 'y' },
    { line: 'top long', out: /^UID +PID +PPID +C +STIME +TTY +TIME +CMD\n(root|0) +\d+ .* sleep 100$/ },
    { line: 'pause long', out: 'long' },
    {
      line: 'pause long',
      status: 1,
      err: /^Error response from daemon: Container [0-9a-f]{64} is already paused$/i,
    },
    {
      line: 'exec long true',
      status: 1,
      err: /^Error response from daemon: Container [0-9a-f]{64} is paused, unpause the container before exec$/i,
    },
    {
      line: "ps --format '{{.Names}} {{.Status}}'",
      out: /^long Up (Less than a second|\d+ seconds?|About a minute) \(Paused\)$/,
    },
    { line: 'unpause long', out: 'long' },
    {
      line: 'rm long',
      status: 1,
      err: /^Error response from daemon: cannot remove container "\/?long": container is running: stop the container before removing or force remove$/,
    },
    { line: 'rename long longer' },
    { line: 'kill --signal NONSENSE longer', status: 1, err: daemon('invalid signal: NONSENSE') },
    { line: 'kill longer', out: 'longer' },
    { line: "inspect --format '{{.State.ExitCode}}' longer", out: '137' },
    { line: 'rm --volumes longer', out: 'longer' },
  ],
  volumes: [
    { line: 'volume create data', out: 'data' },
    { line: 'volume create data', out: 'data' },
    {
      line: "volume create 'a b'",
      status: 1,
      err: /^Error response from daemon: create a b: "a b" includes invalid characters for a local volume name, only "\[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\]" are allowed\. If you intended to pass a host directory, use absolute path$/,
    },
    { line: 'volume create --driver nonsense x', status: 1, err: /plugin "nonsense" not found/ },
    { line: "run --rm -v data:/data busybox sh -c 'echo kept >/data/file'" },
    { line: 'run --rm -v data:/data:ro busybox cat /data/file', out: 'kept' },
    {
      line: 'run --rm -v data:/data:ro busybox touch /data/x',
      status: 1,
      err: 'touch: /data/x: Read-only file system',
    },
    { line: "volume inspect --format '{{.Name}} {{.Driver}} {{.Scope}}' data", out: 'data local local' },
    { line: 'volume inspect absent', status: 1, out: '[]', err: daemon('get absent: no such volume') },
    { line: 'create --name holder -v data:/data busybox', out: id },
    {
      line: 'volume rm data',
      status: 1,
      err: /^Error response from daemon: remove data: volume is in use - \[[0-9a-f]{64}\]$/,
    },
    { line: 'rm holder', out: 'holder' },
    { line: 'volume rm data', out: 'data' },
    { line: 'volume rm data', status: 1, err: daemon('get data: no such volume') },
    { line: 'volume rm --force data', out: 'data' },
    { line: 'volume prune --force', out: 'Total reclaimed space: 0B' },
  ],
  files: [
    { line: "run --name changed busybox sh -c 'echo new >/new; rm /bin/vi; echo more >>/etc/passwd'" },
    { line: 'diff changed', out: 'C /etc\nC /etc/passwd\nA /new\nC /usr\nC /usr/bin\nD /usr/bin/vi' },
    {
      line: 'cp changed:/absent .',
      status: 1,
      err: /^Error response from daemon: Could not find the file \/absent in container changed$/,
    },
    { line: 'cp absent:/x .', status: 1, err: noContainer('absent') },
    { line: 'commit absent', status: 1, err: noContainer('absent') },
    {
      line: 'commit changed UPPER',
      status: 1,
      err: /invalid reference format: repository name \(.*UPPER\) must be lowercase/,
    },
    { line: 'commit --change \'CMD ["cat","/new"]\' changed committed:1', out: /^sha256:[0-9a-f]{64}$/ },
    { line: 'run --rm committed:1', out: 'new' },
    { line: 'export absent', status: 1, err: noContainer('absent') },
    {
      line: 'rmi committed:1',
      out: /^Untagged: committed:1\nDeleted: sha256:[0-9a-f]{64}(\nDeleted: sha256:[0-9a-f]{64})*$/,
    },
    { line: 'rm changed', out: 'changed' },
  ],
};
