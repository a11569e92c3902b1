/** What images are made for: an operating system and an architecture, and how clients name them. */
import * as v from 'valibot';
import { FormatError } from './errors.ts';
import { checkValue } from './json.ts';
import { lookUp } from './look-up.ts';

/** A platform in the words of image configurations. */
export interface WantedPlatform {
  readonly os: string;
  readonly architecture: string;
  /** Undefined: any. */
  readonly variant?: string | undefined;
}

/** Other names of architectures, as Docker and the kernel have them. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
};

/** The platform that this machine runs, by the kernel's name of its architecture. */
export function hostPlatform(machine: string): WantedPlatform {
  return { os: 'linux', architecture: lookUp(ARCHITECTURES, machine) ?? machine };
}

/** As documents have it, where nothing may stand for no variant. */
type OfferedPlatform = Omit<WantedPlatform, 'variant'> & { readonly variant?: string | null | undefined };

const platformRequest = v.object({
  os: v.nullish(v.string()),
  architecture: v.nullish(v.string()),
  variant: v.nullish(v.string()),
});

/** What may stand alone as a platform (containerd, platforms/database.go). */
const SYSTEMS =
  'aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris windows'.split(' ');
const PROCESSORS =
  '386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm'.split(' ');

const SYSTEM_PATTERN = /^[A-Za-z0-9_-]+(?:\([A-Za-z0-9_.%-]*(?:\+[A-Za-z0-9_.%-]+)*\))?$/;
const PART_PATTERN = /^[A-Za-z0-9_.-]+$/;

/** Parses `os/architecture[/variant]`, `os` or an architecture, as `--platform` takes it. Throws FormatError. */
export function parsePlatform(text: string, host: WantedPlatform): WantedPlatform {
  const parts = text.split('/');
  parts.forEach((part, index) => {
    const [pattern, what] =
      index === 0
        ? [SYSTEM_PATTERN, `OS component of "${text}": OSAndVersion`]
        : [PART_PATTERN, `component of "${text}": platform`];
    if (pattern.test(part)) return;
    throw new FormatError(`"${part}" is an invalid ${what} specifier component must match ${pattern.source}`);
  });
  if (parts.length > 3) throw new FormatError(`"${text}": cannot parse platform specifier`);
  const [first = '', second, variant] = text.toLowerCase().split('/');
  if (second !== undefined) return normalized(first, second, variant);
  if (SYSTEMS.includes(first)) return { ...host, os: first };
  const alone = normalized(host.os, first, undefined);
  if (PROCESSORS.includes(alone.architecture)) return alone;
  throw new FormatError(`"${text}": unknown operating system or architecture`);
}

/**
 * Checks a platform of the Engine API (1.51, ocispec.Platform): `{"os":"linux","architecture":"arm64"}`.
 * Throws FormatError.
 */
export function checkPlatformRequest(value: unknown): WantedPlatform {
  const { os, architecture, variant } = checkValue(platformRequest, value, 'failed to parse platform');
  if (!os || !architecture) throw new FormatError('both OS and Architecture must be provided');
  return normalized(os.toLowerCase(), architecture.toLowerCase(), variant ?? undefined);
}

function normalized(os: string, architecture: string, variant: string | undefined): WantedPlatform {
  return {
    os,
    architecture: lookUp(ARCHITECTURES, architecture) ?? architecture,
    // Every 64-bit ARM is a v8, and images mostly do not say so.
    variant: architecture === 'arm64' && variant === 'v8' ? undefined : variant,
  };
}

/** Whether something made for one platform is what another is looking for. */
export function isPlatform(offered: OfferedPlatform, wanted: WantedPlatform): boolean {
  return (
    offered.os === wanted.os &&
    offered.architecture === wanted.architecture &&
    (wanted.variant === undefined || offered.variant === wanted.variant)
  );
}

/** Such as `linux/arm64` or `linux/arm/v7`. */
export function platformName({ os, architecture, variant }: OfferedPlatform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}
