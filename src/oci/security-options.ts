/** `--security-opt`. */
import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import { parseSeccompProfile, type SeccompProfile } from './seccomp.ts';

export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** `default` is the engine's profile, unless the container is privileged. */
  readonly seccomp: 'default' | 'unconfined' | SeccompProfile;
  /** The container may change its own cgroups. */
  readonly writableCgroups: boolean;
}

/**
 * Reads the options. AppArmor and SELinux (`apparmor=`, `label=`) are accepted and without effect, because the
 * kernels that Paddock runs on have neither.
 */
export function parseSecurityOptions(options: HostConfig['SecurityOpt']): SecurityOptions {
  let noNewPrivileges = false;
  let writableCgroups = false;
  let seccomp: SecurityOptions['seccomp'] = 'default';
  for (const option of options ?? []) {
    if (option === 'no-new-privileges') {
      noNewPrivileges = true;
      continue;
    }
    if (option === 'disable') continue;
    const [, key, value] = /^([^=:]*)[=:](.*)$/s.exec(option) ?? [];
    if (value === undefined) throw new FormatError(`invalid --security-opt 1: "${option}"`);
    switch (key) {
      case 'label':
      case 'apparmor':
        break;
      case 'no-new-privileges':
        noNewPrivileges = parseBoolean(value, option);
        break;
      case 'writable-cgroups':
        writableCgroups = parseBoolean(value, option);
        break;
      case 'seccomp':
        seccomp = seccompOption(value);
        break;
      default:
        throw new FormatError(`invalid --security-opt 2: "${option}"`);
    }
  }
  return { noNewPrivileges, seccomp, writableCgroups };
}

/** Clients read the profile's file and send its text. */
function seccompOption(value: string): SecurityOptions['seccomp'] {
  if (value === 'unconfined') return 'unconfined';
  return value === 'builtin' || value === '' ? 'default' : parseSeccompProfile(value);
}

/** What Go's strconv.ParseBool takes. */
function parseBoolean(value: string, option: string): boolean {
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw new FormatError(`invalid --security-opt 2: "${option}"`);
}
