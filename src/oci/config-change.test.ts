import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChanges } from './config-change.ts';

test('changes of a configuration, one after the other', () => {
  const config = applyChanges({ Env: ['A=1', 'B=2'], WorkingDir: '/srv', Cmd: ['sh'] }, [
    'ENV B=$A C="x y"',
    'LABEL k=$C',
    'WORKDIR ../opt',
    'USER $A:2',
    'EXPOSE 8000-8001 53/udp',
    'VOLUME /data "/other"',
    'STOPSIGNAL SIGINT',
    'ONBUILD RUN echo $A',
    'HEALTHCHECK NONE',
  ]);
  assert.deepEqual(config, {
    Env: ['A=1', 'B=1', 'C=x y'],
    Labels: { k: 'x y' },
    WorkingDir: '/opt',
    User: '1:2',
    ExposedPorts: { '53/udp': {}, '8000/tcp': {}, '8001/tcp': {} },
    Volumes: { '/data': {}, '/other': {} },
    StopSignal: 'SIGINT',
    OnBuild: ['RUN echo $A'],
    Healthcheck: { Test: ['NONE'] },
    Cmd: ['sh'],
  });
});

test('an entrypoint takes an inherited command away, but not one of its own', () => {
  const inherited = { Cmd: ['sh'] };
  assert.deepEqual(applyChanges(inherited, ['ENTRYPOINT ["/e"]']), { Cmd: null, Entrypoint: ['/e'] });
  assert.deepEqual(applyChanges(inherited, ['CMD x', 'ENTRYPOINT ["/e"]']), {
    Cmd: ['/bin/sh', '-c', 'x'],
    Entrypoint: ['/e'],
  });
});

test('what changes more than the configuration is refused', () => {
  assert.throws(() => applyChanges({}, ['RUN x']), /run is not a valid change command/);
  assert.throws(() => applyChanges({}, ['EXPOSE x']), /invalid containerPort: x/);
  assert.throws(() => applyChanges({}, ['EXPOSE 1/x']), /invalid proto: x/);
});
