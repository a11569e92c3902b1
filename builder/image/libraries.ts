import { readLinkage } from '../tree/elf.ts';
import { link, put, type Tree, type TreeNode } from '../tree/tree.ts';

export const libraryDirectory = 'usr/lib/x86_64-linux-gnu';

/**
 * Adds the shared libraries that the programs and libraries of a tree need, each under the name it is asked for by.
 * @param packages name of a package → its files, from which libraries may be taken
 * @param name of the tree, for messages
 * @throws an error when a library is in none of the packages, or a package is of no use
 */
export function addLibraries(tree: Tree, packages: ReadonlyMap<string, Tree>, name: string): void {
  const used = new Set<string>();
  const present = new Set([...tree.keys()].map((path) => path.replace(/^.*\//, '')));
  const queue = [...tree.values()];
  for (let node = queue.shift(); node; node = queue.shift()) {
    if (node.type !== 'file') continue;
    const linkage = readLinkage(node.content);
    const interpreter = linkage?.interpreter?.replace(/^.*\//, '');
    for (const library of [...(linkage?.needed ?? []), ...(interpreter ? [interpreter] : [])]) {
      if (present.has(library)) continue;
      present.add(library);
      const found = findLibrary(library, packages);
      if (!found)
        throw new Error(`${name}: ${pathOf(tree, node)} needs ${library}; add its package to "libraries"`);
      used.add(found.packageName);
      put(tree, `${libraryDirectory}/${library}`, found.node);
      queue.push(found.node);
    }
    // Programs name the dynamic linker by its path in /lib64.
    if (interpreter) put(tree, `usr/lib64/${interpreter}`, link(`../../${libraryDirectory}/${interpreter}`));
  }
  for (const packageName of packages.keys()) {
    if (!used.has(packageName)) throw new Error(`${name}: nothing needs a library of "${packageName}"`);
  }
}

/** A library by its file name, through the link that Debian makes to the name with the full version. */
function findLibrary(
  library: string,
  packages: ReadonlyMap<string, Tree>,
): { packageName: string; node: TreeNode } | undefined {
  for (const [packageName, files] of packages) {
    const node = files.get(`${libraryDirectory}/${library}`);
    const target = node?.type === 'link' ? files.get(`${libraryDirectory}/${node.target}`) : node;
    if (target?.type === 'file') return { packageName, node: target };
  }
  return undefined;
}

function pathOf(tree: Tree, node: TreeNode): string {
  return [...tree].find(([, other]) => other === node)?.[0] ?? 'a library';
}
