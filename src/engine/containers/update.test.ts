import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { updatedHostConfig } from './update.ts';

const MEGABYTE = 1024 * 1024;

describe('update of a configuration', () => {
  it('changes what is named and keeps the rest', () => {
    const before = { Memory: 64 * MEGABYTE, MemorySwap: 128 * MEGABYTE, CpuShares: 512, PidsLimit: 10 };
    const request = { Memory: 100 * MEGABYTE, CpuShares: 0, CpusetCpus: '', MemorySwap: 0, PidsLimit: null };
    assert.deepEqual(updatedHostConfig(before, request), { ...before, Memory: 100 * MEGABYTE });
  });

  it('takes the limit on processes away', () => {
    assert.equal(updatedHostConfig({ PidsLimit: 10 }, { PidsLimit: -1 }).PidsLimit, null);
    assert.equal(updatedHostConfig({ PidsLimit: 10 }, { PidsLimit: 20 }).PidsLimit, 20);
  });

  it('sets the restart policy', () => {
    const before = { RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } };
    const RestartPolicy = { Name: 'on-failure', MaximumRetryCount: 3 };
    assert.deepEqual(updatedHostConfig(before, { RestartPolicy }), { RestartPolicy });
    assert.deepEqual(updatedHostConfig(before, { RestartPolicy: { Name: '' } }), before);
    assert.throws(
      () => updatedHostConfig({ AutoRemove: true }, { RestartPolicy }),
      /Restart policy cannot be updated because AutoRemove is enabled/,
    );
  });

  it('refuses what contradicts what stays', () => {
    assert.throws(
      () => updatedHostConfig({ CpuPeriod: 1000 }, { NanoCpus: 1e9 }),
      /Nano CPUs cannot be updated as CPU Period has already been set/,
    );
    assert.throws(
      () => updatedHostConfig({ NanoCpus: 1e9 }, { CpuQuota: 1000 }),
      /CPU Quota cannot be updated as NanoCPUs has already been set/,
    );
    assert.throws(
      () => updatedHostConfig({ Memory: 8 * MEGABYTE, MemorySwap: 16 * MEGABYTE }, { Memory: 32 * MEGABYTE }),
      /Memory limit should be smaller than already set memoryswap limit/,
    );
  });
});
