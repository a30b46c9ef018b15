// A simulation plan is everything that decides a simulated world: the same plan gives the same bytes.
import { UserError } from '../platform/errors.ts';

/** How a planted effect acts on one kind of event in the trial arm, counted from the child's own index day. */
export interface PlantedEffect {
  /** Share of the events that still happen, straight after the index. 1 is no effect. */
  ratio: number;
  /** Months after which half of the effect is gone; null when it lasts. */
  halfLifeMonths: number | null;
}

/** Probabilities of recording defects. Per statement unless it says otherwise. */
export interface Defects {
  /** First statement of a fact, entered weeks after it happened. */
  late: number;
  /** Per record: first sent with a wrong field, put right later. */
  corrected: number;
  /** Sent a second time, the same event id. */
  duplicated: number;
  /** Per child of the evaluation: a record entered in error and purged later. */
  purged: number;
  /** Per delivery: its case events arrive shuffled. */
  shuffled: number;
}

export interface PlannedCouncil {
  code: string;
  name: string;
  /** Families newly known a year, on average. */
  familiesPerYear: number;
  /** The last day on which the feed sends anything; null when it goes on to the end. */
  silentAfter: string | null;
  /** Days between deliveries: 1 is daily. */
  rhythmDays: number;
  /** A delivery on day D is complete through D minus this many days. */
  reportingLagDays: number;
}

export interface SimulationPlan {
  name: string;
  seed: string;
  councils: PlannedCouncil[];
  /** Records of work that ended before this day are not in the councils' systems. */
  historyFrom: string;
  recruitment: { from: string; to: string };
  /** The day of the snapshot that opens every feed. */
  feedFrom: string;
  /** Every feed that has not gone silent ends complete through this day. */
  completeThrough: string;
  /** The snapshot holds children with open work or with any in so many days before it; others arrive when they next change. */
  snapshotLookbackDays: number;
  horizons: number[];
  trialShare: number;
  /** Families of a council are randomised in permuted blocks of this size, in the order of their first index day. */
  blockSize: number;
  effects: { reReferral: PlantedEffect; repeatCpPlan: PlantedEffect; careEntry: PlantedEffect };
  defects: Defects;
}

/** Invented names: none of them is an English council, and the codes lie beyond any that the ONS has given out. */
const NAMES = [
  'Ashmere',
  'Brackenford',
  'Calderwick',
  'Dunhollow',
  'Eastmarsh',
  'Fernleigh Vale',
  'Garrowby',
  'Hartsmoor',
  'Inglebridge',
  'Kestrelham',
  'Larkhaven',
  'Mossdale',
  'Netherfell',
  'Oakminster',
  'Pellstow',
  'Quarrington Bay',
  'Rookhurst',
  'Saltmere',
  'Thornwick',
  'Underhill Forest',
] as const;
const CODES = ['E06', 'E08', 'E09', 'E10'] as const;

function fictionalCouncil(at: number, familiesPerYear: number): PlannedCouncil {
  const type = CODES[at % CODES.length] ?? 'E06';
  const size = [1, 0.72, 1.3, 0.85, 1.13][at % 5] ?? 1;
  return {
    code: `${type}9${String(90_001 + at).padStart(5, '0')}`,
    name: NAMES[at % NAMES.length] ?? 'Ashmere',
    familiesPerYear: familiesPerYear * size,
    silentAfter: null,
    rhythmDays: 1,
    reportingLagDays: [2, 3, 1, 5, 2, 7, 3][at % 7] ?? 2,
  };
}

const NO_DEFECTS: Defects = { late: 0, corrected: 0, duplicated: 0, purged: 0, shuffled: 0 };
const ORDINARY_DEFECTS: Defects = {
  late: 0.03,
  corrected: 0.02,
  duplicated: 0.01,
  purged: 0.012,
  shuffled: 0.2,
};

const base = {
  historyFrom: '2019-09-01',
  recruitment: { from: '2023-09-01', to: '2025-08-31' },
  feedFrom: '2023-09-01',
  completeThrough: '2026-08-31',
  snapshotLookbackDays: 92,
  horizons: [6, 12, 18],
  trialShare: 0.5,
  blockSize: 4,
  effects: {
    reReferral: { ratio: 0.75, halfLifeMonths: 24 },
    repeatCpPlan: { ratio: 0.7, halfLifeMonths: null },
    careEntry: { ratio: 0.5, halfLifeMonths: 12 },
  },
  defects: ORDINARY_DEFECTS,
};

/**
 * Twenty invented councils, about 20,000 children referred from September 2023 to August 2025, followed to 31 August 2026:
 * every wave reaches 6 and 12 months, waves to February 2025 reach 18. One council (Thornwick) stops sending on 31 May 2026.
 */
export function demonstrationPlan(seed = 'waymark-demonstration'): SimulationPlan {
  const councils = NAMES.map((_, at) => fictionalCouncil(at, 208));
  return {
    ...base,
    name: 'demonstration',
    seed,
    councils: councils.map((council) =>
      council.name === 'Thornwick' ? { ...council, silentAfter: '2026-05-31' } : council,
    ),
  };
}

/** Four councils and some 300 children: the demonstration in miniature, for tests. Thornwick's part falls to the fourth. */
export function smallPlan(seed = 'waymark-small'): SimulationPlan {
  const councils = [0, 1, 2, 3].map((at) => fictionalCouncil(at, 20));
  return {
    ...base,
    name: 'small',
    seed,
    councils: councils.map((council, at) => (at === 3 ? { ...council, silentAfter: '2026-05-31' } : council)),
    defects: { late: 0.05, corrected: 0.05, duplicated: 0.03, purged: 0.04, shuffled: 0.3 },
  };
}

/** The same world, recorded without a fault. */
export const withoutDefects = (plan: SimulationPlan): SimulationPlan => ({ ...plan, defects: NO_DEFECTS });

/** @throws UserError `unknown-plan` */
export function planNamed(name: string, seed?: string): SimulationPlan {
  if (name === 'demonstration') return demonstrationPlan(seed);
  if (name === 'small') return smallPlan(seed);
  throw new UserError('unknown-plan', 'There is no such plan: choose demonstration or small.', {
    field: 'plan',
  });
}
