// SQL of the facts that outcomes ask of a child, each the newest that any source stated. They are read off the statements about the
// child among its occurrences; only where these differ, which needs their order, is the child looked up.
import { firstOfMonth, packedField } from '../detail.ts';
import { kindNumber } from '../kinds.ts';
import type { Columns } from './columns.ts';

/** An expression one level up, null where nobody states the fact. `agreed` makes it of its packed number. */
function fact(
  name: 'birthMonth' | 'deathMonth' | 'unaccompaniedAsylumSeeker',
  known: string,
  agreed: (number: string) => string,
  scanned: Columns,
): string {
  const { sql } = packedField('child', name, 'o.detail');
  const [least, most] = ['min', 'max'].map(
    (of) => `s.${scanned.add(`${of}(nullif(${sql}, 0)) filter (where o.kind = ${kindNumber.child})`)}`,
  ) as [string, string];
  return `(case when ${least} <> ${most} then (select k.${known} from waymark.child_known k where k.child_key = p.child_key)
          else ${agreed(least)} end)`;
}

/** The first day of the month. */
export const birthMonth = (scanned: Columns): string =>
  fact('birthMonth', 'birth_month', firstOfMonth, scanned);

/** The first day of the month. */
export const deathMonth = (scanned: Columns): string =>
  fact('deathMonth', 'death_month', firstOfMonth, scanned);

export const unaccompanied = (scanned: Columns): string =>
  fact(
    'unaccompaniedAsylumSeeker',
    'unaccompanied',
    (number) => `${number} = ${packedField('child', 'unaccompaniedAsylumSeeker', 'o.detail').numberOf(true)}`,
    scanned,
  );
