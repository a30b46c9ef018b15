// Where a release stands: its steps, folded. The steps are the record; nothing else is kept of it.
import type {
  Audience,
  OutputRecord,
  ReleaseFinding,
  ReleaseKind,
  ReleaseState,
  ReleaseStep,
} from '../../schemas/release.ts';
import type { Panel } from '../disclosure/panel.ts';
import type { HeldOutcome } from '../disclosure/protect.ts';
import type { Queryable } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';

/** What a check came to. */
export interface CheckDetail {
  verdict: 'settled' | 'review';
  findings: ReleaseFinding[];
  /** Outcomes whose records were corrected since their newest panel. */
  corrected: string[];
  panels: Panel[];
  /** The bytes as they will be published, and their SHA-256. */
  body: string;
  hash: string;
  record: OutputRecord;
  /** The newest panel that the check knew of: later ones make it out of date. */
  newestPanel: number;
  /** Of an analysis: the newest published one that the check knew of, 0 for none. */
  newestEffects?: number;
  /** The newest count of a group that it knew of; absent where groups were not judged with. */
  newestGroup?: number;
}

export interface PublishedDetail {
  permalink: string;
  hash: string;
  body: string;
  /** As of the check that was published. */
  newestGroup?: number;
}

/** The release that takes the place of another. */
export interface SupersededDetail {
  by: number;
  permalink: string;
}

export interface Step {
  seq: number;
  step: ReleaseStep;
  by: string;
  at: string;
  note: string | null;
  /** The login under which a command took it. */
  login?: string | null;
  /** The person that was signed in to the portal: `person:<id>`. */
  signedIn?: string | null;
  detail: CheckDetail | PublishedDetail | SupersededDetail | null;
}

export interface Release {
  id: number;
  evaluation: string;
  evaluationId: number;
  audience: Audience;
  title: string;
  kind: ReleaseKind;
  /** Number of the kept analysis that it is of; null for counts. */
  analysis: number | null;
  draftedBy: string;
  state: ReleaseState;
  steps: Step[];
  check: CheckDetail | null;
  published: PublishedDetail | null;
  supersededBy: SupersededDetail | null;
}

/** A step after which everything before a decision is void: a new check asks for a new decision. */
function stateOf(steps: readonly Step[]): ReleaseState {
  const last = steps.at(-1);
  switch (last?.step) {
    case 'checked':
      return (last.detail as CheckDetail).verdict === 'settled' ? 'settled' : 'waiting';
    case 'asked':
      return 'publishing';
    case 'approved':
    case 'refused':
    case 'published':
    case 'superseded':
      return last.step;
    default:
      return 'checking';
  }
}

interface Row {
  id: number;
  evaluation: string;
  evaluationId: number;
  audience: Audience;
  title: string;
  analysis: number | null;
  steps: Step[];
}

function releaseOf(row: Row): Release {
  const newest = <Detail>(step: ReleaseStep): Detail | null =>
    (row.steps.filter((one) => one.step === step).at(-1)?.detail as Detail | undefined) ?? null;
  return {
    ...row,
    kind: row.analysis === null ? 'counts' : 'analysis',
    draftedBy: row.steps[0]?.by ?? '',
    state: stateOf(row.steps),
    check: newest<CheckDetail>('checked'),
    published: newest<PublishedDetail>('published'),
    supersededBy: newest<SupersededDetail>('superseded'),
  };
}

/**
 * Releases, newest first: all, one by number, the one at a permalink, or the published analyses of an evaluation. A reader who may see a public release but not its
 * evaluation gets it with no evaluation named.
 */
export async function releases(
  db: Queryable,
  which: { id?: number; permalink?: string; effectsOf?: string } = {},
): Promise<Release[]> {
  const rows = await db<Row[]>`
    select r.release_id as id, coalesce(e.slug, '') as evaluation, r.evaluation_id as "evaluationId", r.audience, r.title, r.analysis_id as analysis,
      (select jsonb_agg(jsonb_build_object('seq', s.seq, 'step', s.step, 'by', s.by, 'at', s.at, 'note', s.note,
        'login', s.login, 'signedIn', s.signed_in, 'detail', s.detail) order by s.seq) from waymark.release_step s where s.release_id = r.release_id) as steps
    from waymark.release r left join waymark.evaluation e using (evaluation_id)
    where (${which.id ?? null}::integer is null or r.release_id = ${which.id ?? null}::integer)
      and (${which.permalink ?? null}::text is null or exists (
        select from waymark.release_step p where p.release_id = r.release_id and p.step = 'published'
          and p.detail ->> 'permalink' = ${which.permalink ?? null}::text))
      and (${which.effectsOf ?? null}::text is null or (e.slug = ${which.effectsOf ?? null}::text
        and r.analysis_id is not null and exists (
          select from waymark.release_step p where p.release_id = r.release_id and p.step = 'published')))
    order by r.release_id desc`;
  return rows.map(releaseOf);
}

/** @throws UserError `unknown-release` */
export async function releaseNumbered(db: Queryable, id: number): Promise<Release> {
  const [release] = await releases(db, { id });
  if (release) return release;
  throw new UserError('unknown-release', `There is no release ${id}: waymark release list names them.`, {
    field: 'release',
  });
}

/** Live numbers that readers do not see yet. */
export interface HeldPanel extends Pick<HeldOutcome, 'outcome'> {
  evaluation: string;
  audience: Audience;
  findings: Omit<ReleaseFinding, 'outcome'>[];
  corrected: boolean;
  since: string;
}

export async function heldPanels(db: Queryable): Promise<HeldPanel[]> {
  const rows = await db<(Omit<HeldPanel, 'since'> & { since: Date })[]>`
    select e.slug as evaluation, h.audience, h.outcome, h.findings, h.corrected, h.held_since as since
    from waymark.held_panel h join waymark.evaluation e using (evaluation_id) order by h.held_since`;
  return rows.map(({ since, ...row }) => ({ ...row, since: since.toISOString() }));
}
