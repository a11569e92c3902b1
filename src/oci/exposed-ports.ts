/** Ports as EXPOSE names them: `80`, `53/udp`, `8000-8010/tcp`. */
import { FormatError } from './errors.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'];
const HIGHEST_PORT = 65535;

/** The single ports, each with its protocol, as the keys of `ExposedPorts`. Throws FormatError. */
export function parseExposedPorts(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const [, first = '', last = first, protocolText = 'tcp'] =
      /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(.*))?$/.exec(text) ?? [];
    const protocol = protocolText.toLowerCase();
    const [start, end] = [Number(first), Number(last)];
    if (first === '' || end > HIGHEST_PORT || start > end)
      throw new FormatError(`invalid containerPort: ${text}`);
    if (!PROTOCOLS.includes(protocol)) throw new FormatError(`invalid proto: ${protocolText}`);
    return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${protocol}`);
  });
}
