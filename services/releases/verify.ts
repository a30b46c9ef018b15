// Whether a release is what its stored counts come to: the rules judge them again, with what readers had seen by then, and
// the document must be the published one, byte for byte.
import type { Database } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { firstDifference } from '../platform/first-difference.ts';
import { documentAgain, sha256 } from './check.ts';
import { releaseNumbered } from './standing.ts';

/** What a release that comes out the same was checked against. */
export interface VerifiedRelease {
  release: number;
  hash: string;
  permalink: string;
}

/** @throws UserError `unknown-release`, `not-published`, `differs` with the first differing field */
export async function verifyRelease(db: Database, id: number): Promise<VerifiedRelease> {
  const release = await releaseNumbered(db, id);
  const { published } = release;
  if (!published)
    throw new UserError('not-published', `Release ${id} is ${release.state}: nothing is published of it.`, {
      field: 'release',
    });
  const differs = (field: string): never => {
    throw new UserError('differs', `Release ${id} comes out differently in: ${field}.`, { field }, 1);
  };
  if (sha256(published.body) !== published.hash) differs('hash');
  const again = await db.begin((tx) => documentAgain(tx, release));
  if (again !== published.body)
    differs(firstDifference(JSON.parse(published.body), JSON.parse(again)) ?? 'the order of its fields');
  return { release: id, hash: published.hash, permalink: published.permalink };
}
