/** The versions that this engine claims. */

/** The newest API version that is spoken: see docs/engine-api.md. */
export const API_VERSION = '1.51';
/** The oldest that is accepted. */
export const MINIMUM_API_VERSION = '1.24';
/** The Docker Engine whose API this is, since clients parse it; the suffix tells whose engine it is. */
export const ENGINE_VERSION = '28.5.2+paddock';

/** The error for a version that is not spoken, in Docker's words; undefined if it is. */
export function versionError(version: string): string | undefined {
  if (compare(version, MINIMUM_API_VERSION) < 0) {
    return `client version ${version} is too old. Minimum supported API version is ${MINIMUM_API_VERSION}, please upgrade your client to a newer version`;
  }
  if (compare(version, API_VERSION) > 0) {
    return `client version ${version} is too new. Maximum supported API version is ${API_VERSION}`;
  }
  return undefined;
}

/** Whether a client speaks an API version before `version`; a client that names none speaks the newest. */
export function isOlderThan(spoken: string | undefined, version: string): boolean {
  return spoken !== undefined && compare(spoken, version) < 0;
}

function compare(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}
