import type { Config } from '../config/schema.ts';
import { type DeviceSpec, parseDeviceSpec } from './find-device.ts';

/** What `rancher.state` says. */
export interface StateSettings {
  /** Undefined: everything is written to memory. */
  readonly device: DeviceSpec | undefined;
  /** `auto`: what is on it tells. */
  readonly type: string;
  /** A folder on it, without a slash at its ends; empty for its root. */
  readonly directory: string;
  readonly wait: boolean;
  readonly required: boolean;
  readonly autoformat: readonly string[];
  /** Whether to assemble RAID arrays first. */
  readonly hasArrays: boolean;
  /** Whether to open encrypted volumes. */
  readonly isEncrypted: boolean;
  /** Whether to activate logical volumes. */
  readonly hasVolumes: boolean;
  readonly script: string | undefined;
  /** Partitions that are mounted if they are there. */
  readonly oem: { readonly device: DeviceSpec; readonly type: string };
  readonly boot: { readonly device: DeviceSpec; readonly type: string };
}

const OEM = { by: 'label', value: 'RANCHER_OEM' } as const;
const BOOT = { by: 'label', value: 'RANCHER_BOOT' } as const;

/** Reads `rancher.state`. A value that cannot be used is left out, and `problems` gets a line about it. */
export function readStateSettings({ rancher }: Config): { settings: StateSettings; problems: string[] } {
  const state = rancher?.state ?? {};
  const problems: string[] = [];
  const device = (key: 'dev' | 'oem_dev' | 'boot_dev'): DeviceSpec | undefined => {
    const text = state[key];
    if (!text) return undefined;
    const spec = parseDeviceSpec(text);
    if (spec === undefined) {
      problems.push(
        `rancher.state.${key}: expected LABEL=, UUID=, PARTLABEL= or a path in /dev, got "${text}"; ignored`,
      );
    }
    return spec;
  };
  const directory = (state.directory ?? '').replace(/^\/+|\/+$/g, '');
  const isBeside = directory.split('/').includes('..');
  if (isBeside) problems.push(`rancher.state.directory: expected a folder, got "${directory}"; ignored`);
  const settings = {
    device: device('dev'),
    type: state.fstype || 'auto',
    directory: isBeside ? '' : directory,
    wait: state.wait ?? false,
    required: state.required ?? false,
    autoformat: state.autoformat ?? [],
    hasArrays: state.mdadm_scan ?? false,
    isEncrypted: state.cryptsetup ?? false,
    hasVolumes: state.lvm_scan ?? false,
    script: state.script || undefined,
    oem: { device: device('oem_dev') ?? OEM, type: state.oem_fstype || 'auto' },
    boot: { device: device('boot_dev') ?? BOOT, type: state.boot_fstype || 'auto' },
  };
  return { settings, problems };
}
