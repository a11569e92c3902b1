import type { Outcome } from '../system/process.ts';
import type { EngineUnderTest } from './engine-under-test.ts';
import { type RawMember, rawTar } from './raw-tar.ts';

/** `docker build` by the classic builder, of a context that is made up; whatever comes of it. */
export function build(
  engine: EngineUnderTest,
  dockerfile: string,
  { files = [], words = [] }: { files?: readonly RawMember[]; words?: readonly string[] } = {},
): Promise<Outcome> {
  const input = rawTar([{ name: 'Dockerfile', content: dockerfile }, ...files]);
  const environment = { ...engine.clientEnvironment, DOCKER_BUILDKIT: '0' };
  return engine.docker(['build', ...words, '-'], { input, environment });
}

/** What a build printed, with ids replaced by `ID`, without what the client itself says at the beginning. */
export function stepsOf({ stdout }: Outcome): string[] {
  const lines = stdout
    .trimEnd()
    .replace(/\b[0-9a-f]{12}\b/g, 'ID')
    .split('\n');
  return lines.filter((line) => !line.startsWith('Sending build context'));
}
