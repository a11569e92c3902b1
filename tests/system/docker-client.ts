import { join } from 'node:path';
import { unpackedPackages } from './debian-packages.ts';

/**
 * The stock `docker` command from Debian's package docker-cli: what a user of the OS has. One that the machine may have is
 * not taken, so that tests mean the same everywhere.
 * @returns the path of the program
 */
export async function dockerClient(): Promise<string> {
  return join(await unpackedPackages('docker-cli'), 'usr/bin/docker');
}
