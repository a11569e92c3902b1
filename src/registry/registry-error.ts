/** What registries say when they refuse (distribution-spec, "Error Codes"), in the words of Docker's client. */
import * as v from 'valibot';
import type { Headers } from '../http/message.ts';
import { decodeUtf8 } from '../linux/bytes.ts';
import { parseChallenges } from './challenge.ts';

/** A registry's refusal. The message is `manifest unknown: manifest unknown`: the code in words, then what was said. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number;
  /** Such as `MANIFEST_UNKNOWN`; undefined if the answer had none. */
  readonly code: string | undefined;
  /** Seconds, if the registry says when to come again. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    facts: { status: number; code?: string | undefined; retryAfter?: number | undefined },
  ) {
    super(message);
    this.status = facts.status;
    this.code = facts.code;
    this.retryAfter = facts.retryAfter;
  }
}

const errorBody = v.object({
  errors: v.pipe(v.array(v.object({ code: v.string(), message: v.optional(v.string()) })), v.minLength(1)),
});

/** For codes that a bearer challenge gives (RFC 6750, 3.1). */
const BEARER_ERRORS: Readonly<Record<string, { code: string; message: string }>> = {
  invalid_token: { code: 'UNAUTHORIZED', message: 'authentication required' },
  insufficient_scope: { code: 'DENIED', message: 'requested access to the resource is denied' },
};

/** The error that an answer with a status of 400 or more stands for. */
export function registryError(status: number, headers: Headers, body: Uint8Array): RegistryError {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  const found = (status < 500 && bearerError(headers)) || bodyError(body);
  if (found) return new RegistryError(describe(found), { status, code: found.code, retryAfter });
  if (status === 401) {
    return new RegistryError('unauthorized: authentication required', {
      status,
      code: 'UNAUTHORIZED',
      retryAfter,
    });
  }
  if (status === 429) {
    return new RegistryError('toomanyrequests: too many requests to registry', {
      status,
      code: 'TOOMANYREQUESTS',
      retryAfter,
    });
  }
  return new RegistryError(`received unexpected HTTP status: ${status}`, { status, retryAfter });
}

function describe({ code, message }: { code: string; message?: string | undefined }): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return message ? `${words}: ${message}` : words;
}

function bearerError(headers: Headers): { code: string; message: string } | undefined {
  for (const { scheme, parameters } of parseChallenges(headers.get('www-authenticate') ?? '')) {
    const error = scheme === 'bearer' ? BEARER_ERRORS[parameters.get('error') ?? ''] : undefined;
    if (error !== undefined)
      return { ...error, message: parameters.get('error_description') || error.message };
  }
  return undefined;
}

function bodyError(body: Uint8Array) {
  try {
    const result = v.safeParse(errorBody, JSON.parse(decodeUtf8(body)));
    return result.success ? result.output.errors[0] : undefined;
  } catch {
    return undefined;
  }
}
