/** A create request's HostConfig completed as Docker stores it and shows it in inspect. */
import type { HostConfig } from './container-config.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS, DEFAULT_SHM_SIZE } from './mounts.ts';

/** Fills in what the request leaves open. Limits that cgroup v2 does not have become null. */
export function withHostConfigDefaults(request: HostConfig): HostConfig {
  const memory = request.Memory ?? 0;
  const isPrivileged = request.Privileged === true;
  return {
    ...request,
    NetworkMode: isDefaultNetwork(request.NetworkMode) ? 'bridge' : request.NetworkMode,
    IpcMode: request.IpcMode || 'private',
    CgroupnsMode: request.CgroupnsMode || 'private',
    ShmSize: request.ShmSize || DEFAULT_SHM_SIZE,
    MemorySwap: request.MemorySwap || memory * 2,
    MemorySwappiness: null,
    OomKillDisable: null,
    PidsLimit: request.PidsLimit && request.PidsLimit > 0 ? request.PidsLimit : null,
    LogConfig: { Type: request.LogConfig?.Type || 'json-file', Config: request.LogConfig?.Config ?? {} },
    RestartPolicy: {
      Name: request.RestartPolicy?.Name || 'no',
      MaximumRetryCount: request.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    MaskedPaths: isPrivileged ? null : (request.MaskedPaths ?? [...DEFAULT_MASKED_PATHS]),
    ReadonlyPaths: isPrivileged ? null : (request.ReadonlyPaths ?? [...DEFAULT_READONLY_PATHS]),
  };
}

function isDefaultNetwork(mode: HostConfig['NetworkMode']): boolean {
  return mode == null || mode === '' || mode === 'default';
}
