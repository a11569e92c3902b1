/**
 * Seccomp profiles in the conditional format of Docker and Podman, and their resolution for one container: which rules
 * apply depends on its capabilities, the processor and the kernel.
 */
import * as v from 'valibot';
import { FormatError } from './errors.ts';
import { integer, parseJson } from './json.ts';
import type { SpecSeccomp, SpecSyscallArgument, SpecSyscallRule } from './runtime-spec-types.ts';

const condition = v.object({
  caps: v.nullish(v.array(v.string())),
  /** Go's names: `amd64`, `arm64`, `x86`, … */
  arches: v.nullish(v.array(v.string())),
  /** `major.minor`. */
  minKernel: v.nullish(v.pipe(v.string(), v.regex(/^[0-9]+\.[0-9]+$/, 'expected a version such as 4.8'))),
});

const rule = v.object({
  names: v.nullish(v.array(v.string())),
  /** The old form of `names`. */
  name: v.nullish(v.string()),
  action: v.string(),
  errnoRet: v.nullish(integer),
  args: v.nullish(
    v.array(
      v.object({ index: v.number(), value: v.number(), valueTwo: v.nullish(v.number()), op: v.string() }),
    ),
  ),
  /** The rule applies only if all of this is so. */
  includes: v.nullish(condition),
  /** The rule does not apply if any of this is so. */
  excludes: v.nullish(condition),
});

const profile = v.object({
  defaultAction: v.string(),
  defaultErrnoRet: v.nullish(integer),
  architectures: v.nullish(v.array(v.string())),
  archMap: v.nullish(
    v.array(v.object({ architecture: v.string(), subArchitectures: v.nullish(v.array(v.string())) })),
  ),
  flags: v.nullish(v.array(v.string())),
  syscalls: v.nullish(v.array(rule)),
});

export type SeccompProfile = v.InferOutput<typeof profile>;
export type SeccompRule = v.InferOutput<typeof rule>;

/** On what the resolution of a profile depends. */
export interface SeccompContext {
  readonly capabilities: readonly string[];
  readonly architecture: 'amd64' | 'arm64';
  /** As `uname -r` says it. */
  readonly kernelRelease: string;
}

const LIBSECCOMP_ARCHITECTURES = { amd64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' } as const;

/** Parses a profile: the text of `/usr/share/containers/seccomp.json`, or of `--security-opt seccomp=…`. */
export function parseSeccompProfile(text: string): SeccompProfile {
  const what = 'seccomp profile';
  const parsed = parseJson(profile, text, what);
  if ((parsed.architectures ?? []).length > 0 && (parsed.archMap ?? []).length > 0) {
    throw new FormatError(
      `both 'architectures' and 'archMap' are specified in the ${what}, use either 'architectures' or 'archMap'`,
    );
  }
  for (const { name, names } of parsed.syscalls ?? []) {
    if (name != null && (names ?? []).length > 0) {
      throw new FormatError(
        `both 'name' and 'names' are specified in the ${what}, use either 'name' or 'names'`,
      );
    }
  }
  return parsed;
}

/** The profile without conditions, for one container. */
export function resolveSeccompProfile(source: SeccompProfile, context: SeccompContext): SpecSeccomp {
  const syscalls = (source.syscalls ?? []).filter((candidate) => applies(candidate, context)).map(specRule);
  const architectures = architecturesOf(source, context);
  return {
    defaultAction: source.defaultAction,
    ...(source.defaultErrnoRet != null && { defaultErrnoRet: source.defaultErrnoRet }),
    ...(architectures.length > 0 && { architectures }),
    ...(source.flags != null && source.flags.length > 0 && { flags: source.flags }),
    syscalls,
  };
}

function architecturesOf(source: SeccompProfile, { architecture }: SeccompContext): readonly string[] {
  if (source.architectures != null && source.architectures.length > 0) return source.architectures;
  const native = LIBSECCOMP_ARCHITECTURES[architecture];
  const entry = source.archMap?.find((candidate) => candidate.architecture === native);
  return entry === undefined ? [] : [native, ...(entry.subArchitectures ?? [])];
}

function applies({ includes, excludes }: SeccompRule, context: SeccompContext): boolean {
  const { capabilities, architecture, kernelRelease } = context;
  const isExcluded =
    excludes?.caps?.some((name) => capabilities.includes(name)) === true ||
    excludes?.arches?.includes(architecture) === true ||
    (excludes?.minKernel != null && isKernelAtLeast(kernelRelease, excludes.minKernel));
  const arches = includes?.arches ?? [];
  const isIncluded =
    (includes?.caps ?? []).every((name) => capabilities.includes(name)) &&
    (arches.length === 0 || arches.includes(architecture)) &&
    (includes?.minKernel == null || isKernelAtLeast(kernelRelease, includes.minKernel));
  return isIncluded && !isExcluded;
}

/** Whether a kernel release such as `6.12.0-1-cloud-amd64` is of this version or newer. */
export function isKernelAtLeast(release: string, version: string): boolean {
  const [major = 0, minor = 0] = release.split(/[^0-9]/).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major === wantedMajor ? minor >= wantedMinor : major > wantedMajor;
}

function specRule({ names, name, action, errnoRet, args }: SeccompRule): SpecSyscallRule {
  return {
    names: name == null ? (names ?? []) : [name],
    action,
    ...(errnoRet != null && { errnoRet }),
    ...(args != null && args.length > 0 && { args: args.map(specArgument) }),
  };
}

function specArgument({
  index,
  value,
  valueTwo,
  op,
}: {
  index: number;
  value: number;
  valueTwo?: number | null | undefined;
  op: string;
}): SpecSyscallArgument {
  return { index, value, ...(valueTwo != null && valueTwo !== 0 && { valueTwo }), op };
}
