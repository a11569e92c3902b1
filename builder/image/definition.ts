/**
 * What a tree of the OS is made of: `image.yml` of each folder in `os/images/`, and `os/rootfs/rootfs.yml`.
 * docs/building.md describes the keys for the reader.
 */
import * as v from 'valibot';
import { parseDocument } from 'yaml';

/** A path inside the tree: no slash at the beginning, as in a tar. */
const path = v.pipe(
  v.string(),
  v.regex(/^[^/].*[^/]$|^[^/]$/, 'a path without a slash at its ends expected'),
);
const mode = v.pipe(
  v.string('a quoted octal mode such as "0755" expected'),
  v.regex(/^[0-7]{3,4}$/, 'an octal mode such as "0755" expected'),
  v.transform((digits) => Number.parseInt(digits, 8)),
);
const id = v.pipe(v.number(), v.integer(), v.minValue(0));
const attributes = v.strictObject({ mode: v.optional(mode), uid: v.optional(id), gid: v.optional(id) });

const treeEntries = {
  /** Debian package → patterns of what to take from it (`*` within a name, `**` across directories). */
  packages: v.optional(v.record(v.string(), v.array(path)), {}),
  /** Packages from which the shared libraries are taken that the programs need, and no others. */
  libraries: v.optional(v.array(v.string()), []),
  /** Libraries whose subject is not in this OS → how the names of their versions begin; see stand-in-library.ts. */
  standIns: v.optional(v.record(v.string(), v.string()), {}),
  /** Libraries of which a program needs only what is one instruction → those functions → their versions. */
  arithmetic: v.optional(v.record(v.string(), v.record(v.string(), v.string())), {}),
  /** The busybox in the tree whose applets get links. */
  applets: v.optional(path),
  directories: v.optional(v.record(path, attributes), {}),
  /** Path → target as it is to stand in the link. */
  links: v.optional(v.record(path, v.string()), {}),
  /** Modes and owners of files that other keys bring; the default is the package's, or root and 0644 or 0755. */
  attributes: v.optional(v.record(path, attributes), {}),
};

/** The part of an image configuration that Docker calls `Config`, under its own names. */
const containerConfig = v.strictObject({
  Cmd: v.optional(v.array(v.string())),
  Entrypoint: v.optional(v.array(v.string())),
  Env: v.optional(v.array(v.pipe(v.string(), v.regex(/^\w+=/, 'NAME=value expected')))),
  Labels: v.optional(v.record(v.string(), v.string())),
  StopSignal: v.optional(v.string()),
  User: v.optional(v.string()),
  Volumes: v.optional(v.record(v.string(), v.strictObject({}))),
  WorkingDir: v.optional(v.string()),
});

const treeSchema = v.strictObject(treeEntries);

const imageSchema = v.strictObject({
  ...treeEntries,
  /** Name and, if it is not the OS version, tag. */
  reference: v.string(),
  /** Folder name of the image below. */
  from: v.optional(v.string()),
  /** False for an image that is built beside the OS and not put into it. */
  preload: v.optional(v.boolean(), true),
  /** True for an image that is built only when somebody names it, and has nothing to do with the OS. */
  onRequest: v.optional(v.boolean(), false),
  config: v.optional(containerConfig, {}),
});

export type TreeDefinition = v.InferOutput<typeof treeSchema>;
export type ImageDefinition = v.InferOutput<typeof imageSchema>;

/** @throws an error that names the file and the key or the line. */
export function parseTreeDefinition(text: string, file: string): TreeDefinition {
  return parse(treeSchema, text, file);
}

/** @throws an error that names the file and the key or the line. */
export function parseImageDefinition(text: string, file: string): ImageDefinition {
  return parse(imageSchema, text, file);
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  file: string,
): v.InferOutput<Schema> {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(`${file}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`);
  const result = v.safeParse(schema, document.toJS());
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${file}: ${v.getDotPath(issue) ?? 'top level'}: ${issue.message}`);
}
