import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { EngineUnderTest } from './engine-under-test.ts';
import type { HttpAnswer } from './http-request.ts';

/** What Docker answers with status 500 although it is the client's to mend. */
const blameless = [
  'error gathering device information while adding custom device',
  'logger: no log driver named',
  'is not connected to network',
];

/** An answer is a success, or a refusal in Docker's form and with its status: never a fault of the engine. */
export function assertFairAnswer({ status, text }: HttpAnswer, title: string): void {
  const shown = `${title}: ${status} ${text.slice(0, 300)}`;
  const isBlameless = status === 500 && blameless.some((part) => text.includes(part));
  assert.ok((status >= 200 && status < 500) || isBlameless, shown);
  if (status < 400) return;
  const { message, ...others } = JSON.parse(text) as { message?: unknown };
  assert.deepEqual(others, {}, shown);
  assert.ok(typeof message === 'string' && message.trim() !== '', shown);
}

/** What the engine may have in memory for itself after work, as compared to before: what is in its caches, no more. */
const modestGrowth = 8 * 1024 * 1024;

/** Does work that must not make the engine larger. */
export async function assertModestMemory(
  engine: EngineUnderTest,
  context: TestContext,
  work: () => Promise<void>,
): Promise<void> {
  const before = (await engine.memory()).anonymous;
  await work();
  const grown = (await engine.memory()).anonymous - before;
  context.diagnostic(`the engine has grown by ${Math.round(grown / 1024)} KiB`);
  assert.ok(grown < modestGrowth, `the engine has grown by ${grown} bytes`);
}
