import type { Accelerator } from './accelerator.ts';

/** The emulator's program, from Debian's package qemu-system-x86. */
export const qemu = 'qemu-system-x86_64';

/** A TCP port of 127.0.0.1 on the host that leads to one of the guest. */
export interface Forward {
  readonly host: number;
  readonly guest: number;
}

/** What the firmware finds to start. */
export type Boot =
  | { readonly kind: 'kernel'; readonly kernel: string; readonly initrd: string; readonly append: string }
  | { readonly kind: 'iso'; readonly iso: string };

/** UEFI firmware: the code, and the machine's own copy of its variables. */
export interface UefiFirmware {
  readonly code: string;
  readonly variables: string;
}

export interface Disk {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
}

/** Where the serial console goes; in both cases the log file gets a copy of what the guest prints. */
export type Console =
  | { readonly kind: 'terminal'; readonly log: string }
  | { readonly kind: 'socket'; readonly socket: string; readonly log: string };

export interface MachineDescription {
  readonly accelerator: Accelerator;
  /** In MiB. */
  readonly memory: number;
  readonly cpus: number;
  readonly boot: Boot;
  /** Absent: SeaBIOS. */
  readonly uefi?: UefiFirmware;
  readonly disk?: Disk;
  /** Raw files that can be read only. */
  readonly media?: readonly string[];
  readonly forwards: readonly Forward[];
  /** Further network cards: each is alone in an IPv4 network of its own, such as `10.0.9.0/24`, with a DHCP server. */
  readonly networks?: readonly string[];
  readonly console: Console;
  /** Path of the unix socket on which QEMU speaks QMP. */
  readonly control: string;
}

/**
 * The arguments of QEMU for a machine. Only the devices that the OS uses are there (`-nodefaults`), since each one costs
 * boot time; the network card has no boot ROM for the same reason.
 */
export function machineArguments(machine: MachineDescription): string[] {
  return [
    // The chipset's SATA controller is there for the CD drive; its driver takes 3 MB.
    ...['-machine', machine.boot.kind === 'iso' ? 'q35' : 'q35,sata=off', ...machine.accelerator.arguments],
    ...['-m', String(machine.memory), '-smp', String(machine.cpus)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'std'],
    ...firmwareArguments(machine.uefi),
    ...bootArguments(machine.boot),
    ...diskArguments(machine.disk),
    ...(machine.media ?? []).flatMap(mediumArguments),
    ...['-netdev', networkOption(machine.forwards), '-device', 'virtio-net-pci,netdev=network,romfile='],
    ...furtherCards(machine.networks ?? []),
    ...['-object', 'rng-random,id=entropy,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=entropy'],
    ...consoleArguments(machine.console),
    ...['-qmp', `unix:${escaped(machine.control)},server=on,wait=off`],
  ];
}

function firmwareArguments(uefi: UefiFirmware | undefined): string[] {
  if (!uefi) return [];
  return [
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${escaped(uefi.code)}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${escaped(uefi.variables)}`],
  ];
}

function bootArguments(boot: Boot): string[] {
  if (boot.kind === 'kernel') return ['-kernel', boot.kernel, '-initrd', boot.initrd, '-append', boot.append];
  const drive = `if=none,id=cdrom,format=raw,readonly=on,file=${escaped(boot.iso)}`;
  return ['-drive', drive, '-device', 'ide-cd,drive=cdrom,bootindex=0'];
}

function diskArguments(disk: Disk | undefined): string[] {
  if (!disk) return [];
  const drive = `if=none,id=disk,format=${disk.format},file=${escaped(disk.file)}`;
  return ['-drive', drive, '-device', 'virtio-blk-pci,drive=disk,bootindex=1'];
}

function mediumArguments(file: string, index: number): string[] {
  const drive = `if=none,id=medium${index},format=raw,readonly=on,file=${escaped(file)}`;
  return ['-drive', drive, '-device', `virtio-blk-pci,drive=medium${index}`];
}

function networkOption(forwards: readonly Forward[]): string {
  const rules = forwards.map(({ host, guest }) => `hostfwd=tcp:127.0.0.1:${host}-:${guest}`);
  return ['user', 'id=network', ...rules].join(',');
}

function furtherCards(networks: readonly string[]): string[] {
  return networks.flatMap((network, index) => [
    ...['-netdev', `user,id=network${index},net=${network}`],
    ...['-device', `virtio-net-pci,netdev=network${index},romfile=`],
  ]);
}

function consoleArguments(console: Console): string[] {
  const log = `logfile=${escaped(console.log)}`;
  if (console.kind === 'socket') {
    const socket = `socket,id=console,path=${escaped(console.socket)},server=on,wait=off`;
    return ['-chardev', `${socket},${log}`, '-serial', 'chardev:console'];
  }
  // signal=off: Ctrl-C is for the guest. Ctrl-A X and Ctrl-A C come with the multiplexer.
  return [
    ...['-chardev', `stdio,id=console,mux=on,signal=off,${log}`],
    ...['-serial', 'chardev:console', '-mon', 'chardev=console,mode=readline'],
  ];
}

/** In QEMU's options a comma ends a value, and two stand for one. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
