import { packagesOf } from './image/assemble.ts';
import type { ImageDefinition } from './image/definition.ts';
import { readImageDefinitions } from './image/images.ts';
import { kernelPackage } from './kernel.ts';
import { certificatesPackage } from './openssl-files.ts';
import { readRootfsDefinition } from './rootfs.ts';
import { sysrootPackages } from './sysroot.ts';
import { timeZonePackages } from './time-zones.ts';

/** Every Debian package that something of the OS comes from, by the name that the builder asks for. */
export async function osPackages(): Promise<string[]> {
  const images = [...(await readImageDefinitions()).values()].filter(({ onRequest }) => !onRequest);
  const data = [certificatesPackage, ...timeZonePackages];
  return unique([kernelPackage, ...data, ...sysrootPackages, ...(await packagesFor(images))]);
}

/** Those, and what images that are built on request come from. */
export async function allPackages(): Promise<string[]> {
  const images = [...(await readImageDefinitions()).values()];
  return unique([...(await osPackages()), ...(await packagesFor(images))]);
}

async function packagesFor(images: readonly ImageDefinition[]): Promise<string[]> {
  return [await readRootfsDefinition(), ...images].flatMap(packagesOf);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
