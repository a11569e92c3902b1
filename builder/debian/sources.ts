/**
 * Reads the machine's package sources, to learn where it gets Debian from.
 * Formats: sources.list(5), both the one-line form and deb822.
 */

export interface PackageSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy?: string;
}

export interface DebianArchives {
  /** The archive with the suites `trixie` and `trixie-updates`. */
  readonly main: string;
  /** The archive with the suite `trixie-security`, if the machine uses one. */
  readonly security?: string;
}

/** `deb [signed-by=…] uri suite component…`, one a line. */
export function parseOneLineSources(text: string): PackageSource[] {
  const sources: PackageSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+([^#]+)/.exec(line);
    if (!match) continue;
    const [, options = '', uri = '', rest = ''] = match;
    const [suite = '', ...components] = rest.trim().split(/\s+/);
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    sources.push({ uri, suites: [suite], components, ...(signedBy && { signedBy }) });
  }
  return sources;
}

/** Stanzas of `Types: deb`, `URIs: …`, `Suites: …`, `Components: …`, `Signed-By: …`. */
export function parseDeb822Sources(text: string): PackageSource[] {
  const sources: PackageSource[] = [];
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string[]>();
    for (const line of stanza.split('\n')) {
      const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line); // comments and continuation lines do not match
      if (match?.[1]) fields.set(match[1].toLowerCase(), (match[2] ?? '').split(/\s+/).filter(Boolean));
    }
    if (!fields.get('types')?.includes('deb') || fields.get('enabled')?.[0] === 'no') continue;
    const signedBy = fields.get('signed-by')?.[0];
    for (const uri of fields.get('uris') ?? []) {
      sources.push({
        uri,
        suites: fields.get('suites') ?? [],
        components: fields.get('components') ?? [],
        ...(signedBy && { signedBy }),
      });
    }
  }
  return sources;
}

const releases =
  'oldoldstable|oldstable|stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke';
const mainSuite = new RegExp(`^(${releases})$`);
const securitySuite = new RegExp(`^(${releases})(-security|/updates)$`);

/**
 * Picks the Debian archive among the machine's sources. Others may have a suite `bookworm` with a component `main` too,
 * so a source that names Debian's keyring goes first, then one whose path ends in `/debian`.
 */
export function debianArchives(sources: readonly PackageSource[]): DebianArchives | undefined {
  const main = best(sources, mainSuite, /\/debian\/?$/);
  if (!main) return undefined;
  const security = best(sources, securitySuite, /\/debian-security\/?$/);
  return { main: main.uri, ...(security && { security: security.uri }) };
}

function best(
  sources: readonly PackageSource[],
  suite: RegExp,
  usualPath: RegExp,
): PackageSource | undefined {
  const likeness = (source: PackageSource) =>
    (source.signedBy?.includes('debian-archive') ? 2 : 0) + (usualPath.test(source.uri) ? 1 : 0);
  return sources
    .filter((source) => source.components.includes('main') && source.suites.some((name) => suite.test(name)))
    .sort((a, b) => likeness(b) - likeness(a))[0];
}
