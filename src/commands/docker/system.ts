/** `version` and `info`: the engine itself. */
import type { InfoAnswer, VersionAnswer } from '../../engine/api-types.ts';
import { defineCommand } from './command.ts';
import { parseFormat } from './template.ts';
import { binarySize } from './units.ts';

const FORMAT_FLAG = {
  format: { kind: 'string', short: 'f', help: 'json, or a template such as "{{.Name}}"' },
} as const;

export const versionCommand = defineCommand({
  summary: 'Show versions',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: FORMAT_FLAG,
  async run({ client, console }, { format }) {
    const Server = await client.version();
    console.out(`${formatObject(format, { Server }, () => describeVersion(Server))}\n`);
    return 0;
  },
});

export const infoCommand = defineCommand({
  summary: 'Show the state of the engine and its host',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: FORMAT_FLAG,
  async run({ client, console }, { format }) {
    const info = await client.info();
    console.out(`${formatObject(format, info, () => describeInfo(info))}\n`);
    return 0;
  },
});

export const reexecCommand = defineCommand({
  summary: 'Replace the program of the engine by the one on the disk, under the running containers',
  usage: '',
  arguments: [0, 0],
  flags: {},
  async run({ client }) {
    await client.reexec();
    return 0;
  },
});

function formatObject(format: string | undefined, object: unknown, describe: () => string): string {
  if (format === undefined) return describe();
  return format === 'json' ? JSON.stringify(object) : parseFormat(format)(object);
}

function describeVersion(version: VersionAnswer): string {
  const engine: [string, string][] = [
    ['Version:', version.Version],
    ['API version:', `${version.ApiVersion} (minimum version ${version.MinAPIVersion})`],
    ['Git commit:', version.GitCommit],
    ['Built:', version.BuildTime],
    ['OS/Arch:', `${version.Os}/${version.Arch}`],
    ['Kernel:', version.KernelVersion],
  ];
  const others = (version.Components ?? []).filter(({ Name }) => Name !== 'Engine');
  const sections = [
    section('Engine', engine),
    ...others.map(({ Name, Version, Details }) =>
      section(Name, [['Version:', Version], ...Object.entries(Details ?? {}).map(detailLine)]),
    ),
  ];
  return `Server:\n${sections.join('\n')}`;
}

function detailLine([name, value]: [string, string]): [string, string] {
  return [`${name}:`, value];
}

function section(title: string, lines: readonly (readonly [string, string])[]): string {
  return [` ${title}:`, ...lines.map(([name, value]) => `  ${name.padEnd(18)}${value}`)].join('\n');
}

/** The lines of `info`: what is shown, and how it is found in the answer; a line without a value is left out. */
const INFO_LINES: readonly (readonly [label: string, value: (info: InfoAnswer) => unknown])[] = [
  ['Containers', (info) => info['Containers']],
  [' Running', (info) => info['ContainersRunning']],
  [' Paused', (info) => info['ContainersPaused']],
  [' Stopped', (info) => info['ContainersStopped']],
  ['Images', (info) => info['Images']],
  ['Server Version', (info) => info['ServerVersion']],
  ['Storage Driver', (info) => info['Driver']],
  ['Logging Driver', (info) => info['LoggingDriver']],
  ['Cgroup Driver', (info) => info['CgroupDriver']],
  ['Cgroup Version', (info) => info['CgroupVersion']],
  ['Default Runtime', (info) => info['DefaultRuntime']],
  ['Security Options', (info) => listText(info['SecurityOptions'])],
  ['Kernel Version', (info) => info['KernelVersion']],
  ['Operating System', (info) => info['OperatingSystem']],
  ['OSType', (info) => info['OSType']],
  ['Architecture', (info) => info['Architecture']],
  ['CPUs', (info) => info['NCPU']],
  ['Total Memory', (info) => binarySize(Number(info['MemTotal'] ?? 0))],
  ['Name', (info) => info['Name']],
  ['ID', (info) => info['ID']],
  ['Docker Root Dir', (info) => info['DockerRootDir']],
  ['Labels', (info) => listText(info['Labels'])],
];

function describeInfo(info: InfoAnswer): string {
  const lines = INFO_LINES.flatMap(([label, find]) => {
    const value = find(info);
    return value === undefined || value === null || value === '' ? [] : [` ${label}: ${value}`];
  });
  const warnings = Array.isArray(info['Warnings']) ? info['Warnings'].map(String) : [];
  return ['Server:', ...lines, ...warnings].join('\n');
}

function listText(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : '';
}
