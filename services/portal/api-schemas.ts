// What the API answers, as schemas: the OpenAPI document is made of them, and a test holds every answer to them.
import { z } from 'zod';
import { CivilDate, Instant } from '../../schemas/calendar.ts';
import { LifecycleEntry, Stage } from '../../schemas/lifecycle.ts';
import { Slug } from '../../schemas/outcome.ts';
import { Arm, DataSource } from '../../schemas/protocol.ts';
import { recordKinds } from '../../schemas/records.ts';
import { Audience, ReleaseKind } from '../../schemas/release.ts';
import { Effect, ResultRecord } from '../../schemas/result.ts';
import { Grouping } from '../releases/groupings.ts';

const told = <Schema extends z.ZodType>(schema: Schema, description: string) => schema.describe(description);
const Count = z.int().min(0);
const Hidden = told(Count.nullable(), 'Null where it is hidden to protect children.');
const Share = told(z.number().min(0).max(1).nullable(), 'Null where it is hidden, or not yet known.');
const months = told(z.int(), 'Months from the index day.');

/** The address of the next page of a list, or null on the last. */
const next = told(z.string().nullable(), 'The address of the next page; null on the last one.');

export const Evaluations = z.strictObject({
  evaluations: z.array(
    z.strictObject({
      slug: Slug,
      title: z.string(),
      question: z.string(),
      dataSource: DataSource,
      councils: Count,
      participants: Hidden,
      arms: z.strictObject({ trial: z.string(), comparison: z.string() }),
      primary: z.strictObject({ outcome: Slug, horizon: months }),
      blinded: z.boolean(),
      disclosure: z.strictObject({ threshold: z.int() }),
    }),
  ),
  next,
});

const cells = ['notAtRisk', 'pending', 'matured', 'events', 'noEvents', 'censored'] as const;
const ProtectedArm = z.looseObject({
  arm: Arm,
  enrolled: Hidden,
  ...(Object.fromEntries(cells.map((cell) => [cell, Hidden])) as Record<
    (typeof cells)[number],
    typeof Hidden
  >),
  risk: Share,
  hidden: told(z.array(z.enum(['enrolled', ...cells, 'risk'])), 'Which of the numbers are hidden.'),
});

export const Result = ResultRecord.omit({ participants: true, results: true }).extend({
  participants: z.strictObject({ trial: Hidden, comparison: Hidden }),
  results: z.array(
    z.strictObject({
      outcome: Slug,
      horizon: months,
      arms: z.array(ProtectedArm),
      effect: Effect.nullable(),
      effectHidden: z.boolean(),
      warnings: z.array(z.string()),
    }),
  ),
  disclosure: z.strictObject({
    threshold: z.int(),
    hiddenNumbers: Count,
    held: z.array(z.strictObject({ outcome: Slug, asAt: Instant.nullable(), reason: z.string() })).optional(),
  }),
});

const GroupOfArm = z
  .strictObject({ group: z.string(), matured: Hidden, events: Hidden, share: Share })
  .nullable();

export const Groups = z.strictObject({
  evaluation: Slug,
  outcome: Slug,
  horizon: months,
  by: Grouping,
  groups: z.array(
    z.strictObject({
      group: told(
        z.string(),
        'The first day of a wave, the ONS code of a council, an age band, or a code of need of the children in need census; `not-known` for children of whom it is not known.',
      ),
      name: z.string(),
      trial: GroupOfArm,
      comparison: GroupOfArm,
    }),
  ),
  final: told(Count, 'Groups whose figures are final.'),
  all: Count,
  withheld: told(
    z.enum(['total-hidden', 'narrow']).nullable(),
    'Why nothing is shown though groups are final.',
  ),
  disclosure: z.strictObject({ threshold: z.int(), roundedTo: z.int() }),
});

const fates = {
  enrolled: Hidden,
  waiting: told(Hidden, 'Eligible, and in no arm.'),
  notEligible: Hidden,
  optedOut: Hidden,
};
const Figure = told(z.number().nullable(), 'Null where it is hidden or not known.');
const roundedTo = told(z.int().nullable(), 'Null where the column is hidden.');
const baselineArm = z.strictObject({ count: Hidden, value: Figure, sd: Figure, missing: Hidden });

export const Recruitment = z.strictObject({
  evaluation: Slug,
  countedAt: Instant,
  target: told(Count.nullable(), 'Children the study is for; null where its plan does not say.'),
  screened: Hidden,
  withIndex: told(Hidden, 'With a record that could bring them in.'),
  eligible: Hidden,
  byFate: z.strictObject(fates),
  excluded: told(
    z.array(z.strictObject({ reason: z.string(), count: Hidden })),
    'Reasons that occur, in the order in which they are asked; a child has the first that holds.',
  ),
  months: z.array(
    z.strictObject({
      month: told(CivilDate, 'The first day of the month of the index day.'),
      cumulative: told(Hidden, 'Enrolled by its end.'),
      ...fates,
    }),
  ),
  councils: told(
    z.array(z.strictObject({ council: z.string(), name: z.string(), ...fates })),
    'Rounded to the middle of steps of `disclosure.roundedTo`.',
  ),
  baseline: z.discriminatedUnion('arms', [
    z.strictObject({
      arms: z.literal('apart'),
      participants: z.strictObject({ trial: Hidden, comparison: Hidden }),
      rows: z.array(
        z.strictObject({
          of: Slug,
          level: told(z.string().nullable(), 'Null for a number.'),
          trial: baselineArm,
          comparison: baselineArm,
          standardisedDifference: Figure,
          varianceRatio: Figure,
          hidden: z.boolean(),
        }),
      ),
    }),
    told(
      z.strictObject({
        arms: z.literal('together'),
        rows: z.array(z.strictObject({ of: Slug, level: z.string().nullable(), ...baselineArm.shape })),
      }),
      'While units are being given their arms one by one.',
    ),
  ]),
  disclosure: z.strictObject({
    threshold: z.int(),
    roundedTo: z.strictObject({
      enrolled: roundedTo,
      waiting: roundedTo,
      notEligible: roundedTo,
      optedOut: roundedTo,
    }),
  }),
});

export const Maturity = z.strictObject({
  evaluation: Slug,
  milestones: z.array(
    z.strictObject({
      wave: CivilDate,
      horizon: months,
      participants: Hidden,
      due: CivilDate,
      frozenAt: Instant.nullable(),
      supersededAt: told(Instant.nullable(), 'Since when later records would give another figure.'),
      waitingFor: z.array(z.string()),
    }),
  ),
});

export const Plan = z.strictObject({
  evaluation: Slug,
  stage: Stage,
  paused: z.boolean(),
  protocolHash: z.string(),
  sections: z.array(z.strictObject({ title: z.string(), lines: z.array(z.string()) })),
  entries: z.array(z.strictObject({ entry: LifecycleEntry, hash: z.string() })),
  faults: z.array(z.strictObject({ seq: z.int().nullable(), fault: z.string() })),
});

export const Feeds = z.strictObject({
  feeds: z.array(
    z.strictObject({
      council: z.string(),
      name: z.string(),
      dataSource: DataSource,
      completeThrough: z.array(z.strictObject({ kind: z.enum(recordKinds), through: CivilDate.nullable() })),
      lastReceived: Instant.nullable(),
      quarantined: Count,
      silentSince: told(Instant.nullable(), 'Unknown since then, never zero.'),
    }),
  ),
  next,
});

const monthStart = told(CivilDate, 'The first day of a London month.');
const heldBy = told(z.enum(['gateway', 'ingest']), 'Refused by the gateway, or set aside by ingest.');

export const CouncilAccountAnswer = z.strictObject({
  council: z.string(),
  name: z.string(),
  dataSource: DataSource,
  sent: told(
    z.array(z.strictObject({ month: monthStart, kind: z.enum(recordKinds), events: Count, purges: Count })),
    'Events new to the ledger by the month in which they were stored, and those of them that took a record back.',
  ),
  held: z.array(
    z.strictObject({
      month: monthStart,
      by: heldBy,
      code: z.string(),
      field: told(z.string(), 'Empty for the whole message.'),
      count: Count,
      last: Instant,
    }),
  ),
  latest: z.array(
    z.strictObject({ at: Instant, by: heldBy, place: z.string(), code: z.string(), field: z.string() }),
  ),
  evaluations: z.array(
    z.strictObject({
      slug: Slug,
      title: z.string(),
      dataSource: DataSource,
      stage: Stage,
      paused: z.boolean(),
      participants: told(Count.nullable(), 'Of this council; null from 1 to the threshold less one.'),
      threshold: z.int(),
      lastDay: told(CivilDate, 'Children come in until this day.'),
      horizons: z.array(months),
    }),
  ),
  quality: told(
    z.array(
      z.strictObject({
        month: monthStart,
        events: Count,
        refused: Count,
        quarantined: Count,
        share: Share,
        limit: told(
          z.number().min(0).max(1).nullable(),
          'The most that chance explains after the twelve months before; null without three of them.',
        ),
        unusual: z.boolean(),
        codes: z.array(z.strictObject({ code: z.string(), count: Count })),
      }),
    ),
    'The latest two years.',
  ),
});

export const Releases = z.strictObject({
  releases: z.array(
    z.strictObject({
      permalink: z.string(),
      title: z.string(),
      evaluation: Slug,
      kind: told(ReleaseKind, 'Of counts, or of the effects of an analysis.'),
      audience: Audience,
      publishedAt: Instant,
      sha256: told(z.string(), 'Of the frozen bytes at /releases/{permalink}/release.json.'),
      supersededBy: told(z.string().nullable(), 'The permalink of the release that took its place.'),
    }),
  ),
  next,
});

export const Problem = z.strictObject({
  error: z.strictObject({
    code: told(z.string(), 'Stable, for machines.'),
    message: told(z.string(), 'A sentence that says what to do.'),
  }),
});

export const Analyses = z.strictObject({
  evaluation: Slug,
  analyses: z.array(
    z.strictObject({
      number: z.int(),
      asOf: told(
        CivilDate.nullable(),
        'The day by whose end everything in it was known; null for all that was known at `cut`.',
      ),
      cut: told(Instant, 'What was stored before this instant was known.'),
      withheld: told(z.boolean(), 'Whether a gate that failed keeps effects back.'),
      codeVersion: z.string(),
      by: z.string(),
      at: Instant,
      hash: told(z.string(), 'SHA-256 of the record, hexadecimal.'),
    }),
  ),
  next,
});
