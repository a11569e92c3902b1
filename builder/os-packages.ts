import { packagesOf } from './image/assemble.ts';
import { readImageDefinitions } from './image/images.ts';
import { kernelPackage } from './kernel.ts';
import { readRootfsDefinition } from './rootfs.ts';
import { sysrootPackages } from './sysroot.ts';
import { certificatesPackage } from './tls.ts';

/** Every Debian package that something of the OS comes from, by the name that the builder asks for. */
export async function osPackages(): Promise<string[]> {
  const definitions = [await readRootfsDefinition(), ...(await readImageDefinitions()).values()];
  const names = [kernelPackage, certificatesPackage, ...sysrootPackages, ...definitions.flatMap(packagesOf)];
  return [...new Set(names)].sort();
}
