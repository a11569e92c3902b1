import assert from 'node:assert/strict';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

interface Refusal {
  readonly what: string;
  /** Words after `docker run --rm`. */
  readonly words: readonly string[];
  /** By which the client tells apart: 125 the daemon's fault, 126 cannot be executed, 127 not found. */
  readonly status: 125 | 126 | 127;
  readonly message: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    what: 'an image that does not exist',
    words: ['--pull', 'never', 'no-such-image:7', 'true'],
    status: 125,
    message: /No such image: no-such-image:7/,
  },
  {
    what: 'a command that does not exist',
    words: [busybox, 'no-such-command'],
    status: 127,
    message: /exec: "no-such-command": executable file not found in \$PATH/,
  },
  {
    what: 'a path that does not exist',
    words: [busybox, '/no/such/path'],
    status: 127,
    message: /exec: "\/no\/such\/path": .*no such file or directory/,
  },
  {
    what: 'a file that is no program',
    words: [busybox, '/etc/passwd'],
    status: 126,
    message: /exec: "\/etc\/passwd": permission denied/,
  },
  {
    what: 'a directory',
    words: [busybox, '/etc'],
    status: 126,
    message: /exec: "\/etc": (permission denied|is a directory)/,
  },
  {
    what: 'a mount whose source does not exist',
    words: ['--mount', 'type=bind,source=/no/such/source,target=/here', busybox, 'true'],
    status: 125,
    message: /bind source path does not exist: \/no\/such\/source/,
  },
  {
    what: 'a mount point that is not absolute',
    words: ['--volume', 'name:relative', busybox, 'true'],
    status: 125,
    message: /mount path must be absolute/,
  },
  {
    what: 'a working directory that is not absolute',
    words: ['--workdir', 'relative', busybox, 'true'],
    status: 125,
    message: /the working directory 'relative' is invalid, it needs to be an absolute path/,
  },
  {
    what: 'a user that does not exist',
    words: ['--user', 'nobody-of-that-name', busybox, 'true'],
    status: 125,
    message: /unable to find user nobody-of-that-name: no matching entries in passwd file/,
  },
  {
    what: 'a capability that does not exist',
    words: ['--cap-add', 'CAP_FLY', busybox, 'true'],
    status: 125,
    message: /CAP_FLY/,
  },
  {
    what: 'a container whose network is to be shared and does not exist',
    words: ['--network', 'container:no-such-container', busybox, 'true'],
    status: 125,
    message: /No such container: no-such-container/,
  },
];

export function errorTests(vm: () => Vm): void {
  /** Everything that a container leaves on the machine. */
  const traces = async () =>
    outputOf(
      await vm().ssh(
        [
          'sudo -n ls /var/lib/system-docker/containers /var/lib/system-docker/volumes',
          'grep -c overlay /proc/1/mounts || true; ls -d /sys/fs/cgroup/docker/*/ 2>/dev/null | sort || true',
        ].join('; '),
      ),
    );

  for (const { what, words, status, message } of refusals) {
    it(`run refuses ${what}, and leaves nothing behind`, async () => {
      const before = await traces();
      const outcome = await vm().docker(['run', '--rm', ...words]);
      assert.equal(outcome.status, status, outcome.stderr);
      assert.match(outcome.stderr, message);
      assert.equal(outcome.stdout, '');
      assert.equal(await traces(), before);
    });
  }

  it('names the container that does not exist', async () => {
    for (const words of [['start'], ['stop'], ['kill'], ['rm'], ['logs'], ['wait'], ['attach']]) {
      const outcome = await vm().docker([...words, 'no-such-container']);
      assert.equal(outcome.status, 1, words.join(' '));
      assert.match(outcome.stderr, /No such container: no-such-container/);
    }
  });
}
