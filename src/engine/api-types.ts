/**
 * What the engine's API answers, with the names of the Engine API 1.51: the fields that our own clients read. The
 * answers have more.
 */
import type { ContainerConfig, HostConfig } from '../oci/container-config.ts';

/** The body of POST /containers/create. */
export interface CreateContainerRequest extends ContainerConfig {
  readonly HostConfig?: HostConfig;
  readonly NetworkingConfig?: { readonly EndpointsConfig: Readonly<Record<string, EndpointConfig>> };
}

export interface EndpointConfig {
  readonly Aliases?: readonly string[];
  readonly IPAMConfig?: { readonly IPv4Address?: string };
}

export interface CreateContainerAnswer {
  readonly Id: string;
  readonly Warnings: readonly string[] | null;
}

export interface PortSummary {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

/** One element of GET /containers/json. */
export interface ContainerSummary {
  readonly Id: string;
  /** Each with a slash before it. */
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  /** Seconds since 1970. */
  readonly Created: number;
  readonly Ports: readonly PortSummary[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly State: string;
  /** Such as `Up 3 seconds`. */
  readonly Status: string;
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly NetworkSettings?: { readonly Networks: Readonly<Record<string, unknown>> | null } | null;
  readonly Mounts?: readonly { readonly Name?: string; readonly Source?: string }[] | null;
}

export interface ContainerInspection {
  readonly Id: string;
  /** With a slash before it. */
  readonly Name: string;
  readonly Created: string;
  readonly Path: string;
  readonly Args: readonly string[];
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Restarting: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    /** Absent without a health check. */
    readonly Health?: { readonly Status: string };
  };
  readonly RestartCount: number;
  readonly Config: ContainerConfig;
  readonly HostConfig: HostConfig;
}

export interface WaitAnswer {
  readonly StatusCode: number;
  readonly Error?: { readonly Message: string } | null;
}

export interface TopAnswer {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[];
}

/** The body of POST /containers/{id}/exec. */
export interface CreateExecRequest {
  readonly Cmd: readonly string[];
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly Tty?: boolean;
  /** Height and width. */
  readonly ConsoleSize?: readonly [number, number];
  readonly DetachKeys?: string;
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Privileged?: boolean;
}

export interface ExecInspection {
  readonly ID: string;
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid: number;
}

/** One element of GET /images/json. */
export interface ImageSummary {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Created: number;
  readonly Size: number;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export interface ImageInspection {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Config: ContainerConfig | null;
  readonly Architecture: string;
  readonly Os: string;
  readonly Size: number;
}

/** One element of the answer of DELETE /images/{name}. */
export interface ImageDeletion {
  readonly Untagged?: string;
  readonly Deleted?: string;
}

/** A line of the answers of load, pull and build. */
export interface ProgressMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message: string };
}

export interface EngineEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> | null };
  readonly time: number;
  /** Nanoseconds since 1970; as a JavaScript number it is exact to 256 of them. */
  readonly timeNano: number;
}

export interface VersionAnswer {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion: string;
  readonly GitCommit: string;
  readonly GoVersion: string;
  readonly Os: string;
  readonly Arch: string;
  readonly KernelVersion: string;
  readonly BuildTime: string;
  readonly Components:
    | readonly {
        readonly Name: string;
        readonly Version: string;
        readonly Details?: Readonly<Record<string, string>> | null;
      }[]
    | null;
}

/** GET /info; most of its fields are for display only. */
export type InfoAnswer = Readonly<Record<string, unknown>>;
