/**
 * A file tree in memory. Everything that the build puts together is one of these until it becomes a tar, a cpio or a
 * squashfs, so that owners, modes and device nodes are right without root, and no time stamp of this machine gets in.
 */
export type Tree = Map<string, TreeNode>;

interface Attributes {
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface FileNode extends Attributes {
  readonly type: 'file';
  readonly content: Buffer;
}

export interface DirectoryNode extends Attributes {
  readonly type: 'directory';
}

export interface LinkNode extends Attributes {
  readonly type: 'link';
  readonly target: string;
}

export interface DeviceNode extends Attributes {
  readonly type: 'character device';
  readonly major: number;
  readonly minor: number;
}

export type TreeNode = FileNode | DirectoryNode | LinkNode | DeviceNode;

const root = { uid: 0, gid: 0 };

export function file(content: Buffer | string, mode = 0o644): FileNode {
  return { type: 'file', mode, ...root, content: Buffer.from(content) };
}

export function directory(mode = 0o755): DirectoryNode {
  return { type: 'directory', mode, ...root };
}

export function link(target: string): LinkNode {
  return { type: 'link', mode: 0o777, ...root, target };
}

/** Puts a node at a path, and directories above it where there are none. Paths have no slash at either end. */
export function put(tree: Tree, path: string, node: TreeNode): void {
  addParents(tree, path);
  tree.set(path, node);
}

/** Puts a whole tree below a path; `''` means the top. What is there already is replaced, except directories. */
export function graft(tree: Tree, below: string, branch: Tree): void {
  for (const [path, node] of branch) {
    const target = below ? `${below}/${path}` : path;
    if (node.type === 'directory' && tree.get(target)?.type === 'directory') continue;
    put(tree, target, node);
  }
}

/** The nodes in the one order in which archives are written: every directory before its content. */
export function sorted(tree: Tree): [path: string, node: TreeNode][] {
  // Compare part by part, so that "a/b" comes right after "a" and before "a-b".
  const key = (path: string) => path.replaceAll('/', '\0');
  return [...tree].sort(([a], [b]) => (key(a) < key(b) ? -1 : 1));
}

/** Bytes of all files. */
export function contentSize(tree: Tree): number {
  let size = 0;
  for (const node of tree.values()) if (node.type === 'file') size += node.content.length;
  return size;
}

function addParents(tree: Tree, path: string): void {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const parent = path.slice(0, at);
    const node = tree.get(parent);
    if (node?.type === 'directory') return;
    if (node) throw new Error(`/${parent} is a ${node.type}, so nothing can be put at /${path}`);
    tree.set(parent, directory());
  }
}

/** The content of a small tree, as inputs of a cached step. */
export function treeInputs(tree: Tree): (string | Buffer)[] {
  return [...tree].flatMap(([path, node]) => {
    const { content, ...attributes } = { content: Buffer.of(), ...node };
    return [path, JSON.stringify(attributes), content];
  });
}
