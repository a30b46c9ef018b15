// The simulation cut into parts that any thread may do in any order: a part is data sets of one scenario, each drawn from
// a stream of its own, so that the seed alone fixes every figure.

import { StatisticsError } from '../errors.ts';
import { estimate } from '../estimate.ts';
import { random } from '../random.ts';
import { QUESTIONS, type Question } from './questions.ts';
import { added, count, emptyTally, type Summary, summary, type Tally } from './tally.ts';
import { CLUSTERS, type Scenario, type World } from './world.ts';

/** Data sets in one part. */
const PART = 50;

export interface Part {
  /** Name of the world. */
  readonly world: string;
  readonly scenario: Scenario;
  /** Questions asked, by label. */
  readonly labels: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

/** One row of the result: a question in a scenario. */
export interface Row extends Scenario {
  readonly world: string;
  readonly label: string;
  readonly truth: number | null;
  readonly tally: Tally;
  readonly summary: Summary;
}

const worldsOf = (questions: readonly Question[]): World[] => [...new Set(questions.map((q) => q.world))];

/** Every layout a world is asked in. */
export const scenariosOf = ({ iccs }: World, clusters = CLUSTERS): Scenario[] =>
  clusters.flatMap((c) =>
    iccs.flatMap((icc) => [false, true].map((planted) => ({ clusters: c, icc, planted }))),
  );

/** The parts of a whole run, in the order in which their tallies are added. */
export function partsOf(trials: number, seed: number, questions = QUESTIONS, clusters = CLUSTERS): Part[] {
  return worldsOf(questions).flatMap((world) =>
    scenariosOf(world, clusters).flatMap((scenario) =>
      Array.from({ length: Math.ceil(trials / PART) }, (_, k) => ({
        world: world.name,
        labels: questions.filter((q) => q.world === world).map((q) => q.label),
        scenario,
        from: k * PART,
        to: Math.min(trials, (k + 1) * PART),
        seed,
      })),
    ),
  );
}

const askedIn = ({ world, labels }: Part, questions: readonly Question[]): Question[] =>
  questions.filter((q) => q.world.name === world && labels.includes(q.label));

/** A number that differs between scenarios, so that no two share their streams. */
const keyOf = ({ clusters, icc, planted }: Scenario, world: string): number => {
  let key = clusters * 4000 + Math.round(icc * 1000) * 2 + (planted ? 1 : 0);
  for (const letter of world) key = (Math.imul(key, 31) + letter.charCodeAt(0)) | 0;
  return key >>> 0;
};

/** Does one part: a tally for each question of its world, in their order. */
export function runPart(part: Part, questions = QUESTIONS): Tally[] {
  const { world: name, scenario, from, to, seed } = part;
  const asked = askedIn(part, questions);
  const world = asked[0]?.world;
  if (!world) throw new Error(`invariant broken: no question asks about ${name}`);
  const truth = world.truth(scenario);
  const tallies = asked.map(emptyTally);
  const family = seed + keyOf(scenario, name);
  const { planted } = scenario;
  // power and bias need half the data sets that a rate of 5% does
  for (let k = from; k < to; k += planted ? 2 : 1) {
    const table = world.draw(scenario, random(family, k));
    asked.forEach((question, q) => {
      if (k % (planted ? 2 * question.every : question.every) !== 0) return;
      const aim = question.target === null ? null : (truth[question.target] ?? null);
      if (question.target !== null && aim === null) return;
      count(tallies[q] as Tally, claimOf(question, table, k), aim);
    });
  }
  return tallies;
}

function claimOf(question: Question, table: Parameters<typeof estimate>[1], k: number) {
  try {
    return question.read(
      estimate(
        // what is claimed is the estimate's row: the resampling tests shown beside one take most of the time
        {
          level: 0.95,
          beside: false,
          ...question.spec,
          ...(question.draws ? { draws: question.draws, seed: k + 1 } : {}),
        },
        table,
      ),
    );
  } catch (error) {
    if (error instanceof StatisticsError) return null;
    throw error;
  }
}

/** Adds up the tallies of every part, in the order of the parts. */
export function rowsOf(
  parts: readonly Part[],
  done: readonly (readonly Tally[])[],
  questions = QUESTIONS,
): Row[] {
  const rows = new Map<string, Row>();
  parts.forEach((part, p) => {
    askedIn(part, questions).forEach((question, q) => {
      const { scenario } = part;
      const key = JSON.stringify([part.world, question.label, scenario]);
      const before = rows.get(key)?.tally ?? emptyTally();
      const tally = added(before, done[p]?.[q] ?? emptyTally());
      const truth =
        question.target === null ? null : (question.world.truth(scenario)[question.target] ?? null);
      rows.set(key, {
        ...scenario,
        world: part.world,
        label: question.label,
        truth,
        tally,
        summary: summary(tally),
      });
    });
  });
  return [...rows.values()].filter((row) => row.tally.asked > 0);
}
