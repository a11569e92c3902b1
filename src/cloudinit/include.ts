/** `#include`: user data that lie elsewhere. */
import { errorMessage } from '../linux/error-report.ts';
import { gunzip } from '../linux/gunzip.ts';
import type { ParsedData } from './save.ts';
import type { Get } from './services/service.ts';
import { type Piece, parseUserData } from './user-data.ts';

/** How far one leads to another. */
const MAXIMUM_DEPTH = 5;

/** Whether something is yet to be fetched. */
export function hasIncludes({ user, vendor }: ParsedData): boolean {
  return [...user, ...vendor].some(({ kind }) => kind === 'include');
}

/** Puts what is fetched in the place of each address. One that cannot be fetched becomes a problem. */
export async function resolveIncludes(data: ParsedData, get: Get): Promise<ParsedData> {
  const problems = [...data.problems];
  const resolve = async (pieces: readonly Piece[], depth: number): Promise<Piece[]> => {
    const result: Piece[] = [];
    for (const piece of pieces) {
      if (piece.kind !== 'include') {
        result.push(piece);
        continue;
      }
      try {
        if (depth === MAXIMUM_DEPTH) throw new Error('too many documents lead to others');
        const bytes = await get(piece.url);
        if (bytes === undefined) throw new Error('there is no such document');
        const included = parseUserData(bytes, { name: piece.url, gunzip });
        problems.push(...included.problems);
        result.push(...(await resolve(included.pieces, depth + 1)));
      } catch (error) {
        problems.push(`${piece.name}: #include ${piece.url}: ${errorMessage(error)}`);
      }
    }
    return result;
  };
  return { ...data, user: await resolve(data.user, 0), vendor: await resolve(data.vendor, 0), problems };
}
