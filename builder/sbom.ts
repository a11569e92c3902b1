import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, repository } from './cache.ts';
import { release } from './debian/apt.ts';
import type { LockedPackage } from './debian/lock.ts';
import { fetchPackages } from './debian/packages.ts';
import { osPackages } from './os-packages.ts';
import { buildTime, osVersion } from './versions.ts';

interface Component {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Package URL: https://github.com/package-url/purl-spec */
  readonly url: string;
  readonly sha256?: string;
  readonly sourceInfo?: string;
}

/** The software bill of materials of the OS: what it is made of, as SPDX 2.3 in JSON. */
export async function makeSbom(): Promise<string> {
  const debian = (await fetchPackages(await osPackages())).map(debianComponent);
  return formatSbom([...debian, ...(await npmComponents())]);
}

function debianComponent({ package: name, version, architecture, sha256, source }: LockedPackage): Component {
  return {
    id: `deb-${name}`,
    name,
    version,
    url: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=${release}`,
    sha256,
    sourceInfo: `built from the Debian source package ${source}`,
  };
}

/** The libraries that are bundled into the executable. */
async function npmComponents(): Promise<Component[]> {
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; dependencies?: Record<string, string> }>;
  };
  const names = new Set(Object.keys(lock.packages['']?.dependencies ?? {}));
  // The set grows while it is walked.
  for (const name of names) {
    for (const needed of Object.keys(lock.packages[`node_modules/${name}`]?.dependencies ?? {}))
      names.add(needed);
  }
  return [...names].sort().map((name) => {
    const version = lock.packages[`node_modules/${name}`]?.version ?? '';
    return { id: `npm-${name}`, name, version, url: `pkg:npm/${name.replace('@', '%40')}@${version}` };
  });
}

function formatSbom(components: readonly Component[]): string {
  const reference = (id: string) => `SPDXRef-${id.replace(/[^A-Za-z0-9.-]+/g, '-')}`;
  const root = reference('paddock');
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `paddock-${osVersion}`,
    // Must be unique to the content, and need not lead anywhere.
    documentNamespace: `urn:paddock:sbom:${digestOf([osVersion, ...components.map(({ url }) => url)])}`,
    creationInfo: {
      created: new Date(buildTime * 1000).toISOString().replace('.000', ''),
      creators: [`Tool: paddock-build-${osVersion}`],
    },
    packages: [
      {
        SPDXID: root,
        name: 'paddock',
        versionInfo: osVersion,
        downloadLocation: 'NOASSERTION',
        licenseDeclared: 'Apache-2.0',
      },
      ...components.map(({ id, name, version, url, sha256, sourceInfo }) => ({
        SPDXID: reference(id),
        name,
        versionInfo: version,
        downloadLocation: 'NOASSERTION',
        ...(sha256 && { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
        ...(sourceInfo && { sourceInfo }),
        externalRefs: [
          { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url },
        ],
      })),
    ],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: root },
      ...components.map(({ id }) => ({
        spdxElementId: root,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: reference(id),
      })),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
