import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkHealthcheck, type Health, healthCheckOf, probeDelay, recordProbe } from './health-check.ts';

const SECOND = 1e9;

function checkOf(options: object) {
  const check = healthCheckOf({ Healthcheck: { Test: ['CMD', 'true'], ...options } });
  assert.ok(check);
  return check;
}

function health(): Health {
  return { status: 'starting', failingStreak: 0, log: [] };
}

const result = (exitCode: number) => ({ start: '', end: '', exitCode, output: '' });

describe('health checks', () => {
  it('have Docker’s defaults', () => {
    assert.deepEqual(checkOf({}), {
      command: ['true'],
      interval: 30_000,
      timeout: 30_000,
      startPeriod: 0,
      startInterval: 5000,
      retries: 3,
    });
  });

  it('run in a shell if they are one string', () => {
    const Healthcheck = { Test: ['CMD-SHELL', 'a | b'] };
    assert.deepEqual(healthCheckOf({ Healthcheck })?.command, ['/bin/sh', '-c', 'a | b']);
    const Shell = ['/bin/ash', '-ec'];
    assert.deepEqual(healthCheckOf({ Healthcheck, Shell })?.command, ['/bin/ash', '-ec', 'a | b']);
  });

  it('are none if the request says so, or nothing', () => {
    assert.equal(healthCheckOf({ Healthcheck: { Test: ['NONE'] } }), undefined);
    assert.equal(healthCheckOf({ Healthcheck: { Test: [] } }), undefined);
    assert.equal(healthCheckOf({}), undefined);
  });

  it('become unhealthy after as many failures in a row as retries', () => {
    const check = checkOf({ Retries: 2 });
    const state = health();
    recordProbe(check, state, result(0), 1);
    assert.equal(state.status, 'healthy');
    recordProbe(check, state, result(1), 1);
    recordProbe(check, state, result(0), 1);
    recordProbe(check, state, result(-1), 1);
    assert.deepEqual([state.status, state.failingStreak], ['healthy', 1]);
    recordProbe(check, state, result(7), 1);
    assert.deepEqual([state.status, state.failingStreak], ['unhealthy', 2]);
    recordProbe(check, state, result(0), 1);
    assert.deepEqual([state.status, state.failingStreak, state.log.length], ['healthy', 0, 5]);
  });

  it('forgive failures in the start period until the first success, and hurry meanwhile', () => {
    const check = checkOf({ Retries: 1, StartPeriod: 10 * SECOND, StartInterval: SECOND });
    const state = health();
    recordProbe(check, state, result(1), 9999);
    assert.deepEqual([state.status, state.failingStreak], ['starting', 0]);
    assert.equal(probeDelay(check, state, 5000), 1000);
    assert.equal(probeDelay(check, state, 10_000), 30_000);
    recordProbe(check, state, result(0), 5000);
    assert.equal(probeDelay(check, state, 6000), 30_000);
    recordProbe(check, state, result(1), 9999);
    assert.equal(state.status, 'unhealthy');
  });

  it('are refused with impossible times', () => {
    assert.throws(
      () => checkHealthcheck({ Interval: 1000 }),
      /Interval in Healthcheck cannot be less than 1ms/,
    );
    assert.throws(() => checkHealthcheck({ Timeout: -1 }), /Timeout in Healthcheck/);
    assert.throws(() => checkHealthcheck({ Retries: -1 }), /Retries in Healthcheck cannot be negative/);
    checkHealthcheck({ Interval: 0, Timeout: SECOND, Retries: 0 });
  });
});
