/** One version of a binary package as an archive offers it. */
export interface PackageRecord {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  /** Source package and its version, such as `quickjs (2025.04.26-1)`. */
  readonly source: string;
  /** Bytes of the `.deb`. */
  readonly size: number;
  readonly depends: string;
}

/**
 * Reads stanzas of a Packages index, which `apt-cache show` prints as well.
 * Format: deb-control(5); continuation lines begin with a blank and belong to fields that we do not need.
 */
export function parsePackageRecords(text: string): PackageRecord[] {
  const records: PackageRecord[] = [];
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of stanza.split('\n')) {
      const match = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
      if (match?.[1]) fields.set(match[1], match[2] ?? '');
    }
    const name = fields.get('Package');
    const version = fields.get('Version');
    const sha256 = fields.get('SHA256');
    if (!name || !version || !sha256) continue;
    records.push({
      package: name,
      version,
      architecture: fields.get('Architecture') ?? '',
      sha256,
      source: sourceOf(fields.get('Source') ?? name, version),
      size: Number(fields.get('Size')),
      depends: fields.get('Depends') ?? '',
    });
  }
  return records;
}

/** The Source field leaves out what equals the binary package's own name or version. */
function sourceOf(field: string, version: string): string {
  return field.includes('(') ? field : `${field} (${version})`;
}
