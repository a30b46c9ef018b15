// The simulator's face: councils' feeds, the concealed allocation list, the truth, and what went into it. Same plan, same bytes.
import type { Arm } from '../../schemas/protocol.ts';
import type { Day } from './days.ts';
import { text } from './days.ts';
import { type Delivery, Feed, type LivedChild, simulatedPseudonyms } from './deliveries.ts';
import type { History } from './facts.ts';
import { type Child, type Family, familiesOf } from './family.ts';
import { type FeedCounts, noCounts } from './feed-counts.ts';
import { live } from './life.ts';
import type { SimulationPlan } from './plan.ts';
import { type TrueEffect, TruthCount } from './truth.ts';
import { type CouncilProfile, type World, worldOf } from './world.ts';

export type { Delivery } from './deliveries.ts';
export type { FeedCounts } from './feed-counts.ts';
export type { SimulatedOutcome, TrueEffect } from './truth.ts';

/** One row of the list that whoever randomised the families hands over. */
export interface AllocationRow {
  council: string;
  /** Family pseudonym. */
  family: string;
  arm: Arm;
}

export interface SimulatedCouncil {
  code: string;
  name: string;
  /** The last day on which anything is sent; null when the feed goes on to the end. */
  silentAfter: string | null;
  /** Planned afresh at every call; holds this council's plan only, and writes each day as it is asked for. */
  deliveries(): Generator<Delivery>;
}

/** A child of the evaluation and both of its lives, by clean fact. */
export interface Participant {
  council: string;
  family: Family;
  child: Child;
  index: Day;
  arm: Arm;
  lives: Record<Arm, History>;
}

export interface SimulationSummary extends FeedCounts {
  plan: string;
  seed: string;
  councils: number;
  /** Children whose first referral in the recruitment window is in the clean history, and their families. */
  participants: number;
  participatingFamilies: number;
  byCouncil: (FeedCounts & {
    code: string;
    name: string;
    participants: number;
    participatingFamilies: number;
  })[];
}

export interface Selection {
  /** Only these councils; all of them when left out. */
  councils?: readonly string[];
  /** Only children whose index day is on or before this one, YYYY-MM-DD. */
  indexedThrough?: string;
}

export interface Simulation {
  readonly plan: SimulationPlan;
  councils(): SimulatedCouncil[];
  /** Families of every child referred in the recruitment window, one row each. */
  allocations(): AllocationRow[];
  /** True risks by arm, whole days, definitions of the built-in outcomes; not limited to what has matured. */
  truth(selection?: Selection): TrueEffect[];
  summary(): SimulationSummary;
  /** The evaluation's children with both lives, for calibration and for checking the truth against another count. */
  participants(): Generator<Participant>;
  /** Every child as it lives where no one is treated: what published tables describe. */
  untreated(): Generator<LivedChild>;
}

export function simulate(plan: SimulationPlan): Simulation {
  return new SimulatedWorld(worldOf(plan));
}

/** Arms by family number, in one council. */
type Arms = ReadonlyMap<number, Arm>;

class SimulatedWorld implements Simulation {
  private readonly arms = new Map<CouncilProfile, Arms>();
  private known: SimulationSummary | null = null;

  constructor(private readonly world: World) {}

  get plan(): SimulationPlan {
    return this.world.plan;
  }

  councils(): SimulatedCouncil[] {
    return this.world.councils.map((council) => {
      const { code, name, silentAfter } = council.planned;
      return { code, name, silentAfter, deliveries: () => this.feed(council).deliveries() };
    });
  }

  allocations(): AllocationRow[] {
    return this.world.councils.flatMap((council) => {
      const pseudonyms = simulatedPseudonyms(this.world, council);
      const { code } = council.planned;
      return [...this.armsOf(council)].map(([at, arm]) => ({
        council: code,
        family: pseudonyms.family(`${code}-${at}`),
        arm,
      }));
    });
  }

  truth({ councils, indexedThrough }: Selection = {}): TrueEffect[] {
    const count = new TruthCount(this.plan.horizons);
    for (const { council, index, lives } of this.participants()) {
      if (councils && !councils.includes(council)) continue;
      if (indexedThrough === undefined || text(index) <= indexedThrough) count.add(index, lives);
    }
    return count.effects();
  }

  *participants(): Generator<Participant> {
    for (const council of this.world.councils) {
      const arms = this.armsOf(council);
      for (const family of familiesOf(this.world, council)) {
        const arm = arms.get(family.at);
        if (!arm) continue;
        for (const child of family.children) {
          const comparison = live(this.world, family, child, 'comparison');
          if (comparison.index === null) continue;
          const lives = { comparison, trial: live(this.world, family, child, 'trial') };
          yield { council: council.planned.code, family, child, index: comparison.index, arm, lives };
        }
      }
    }
  }

  *untreated(): Generator<LivedChild> {
    for (const council of this.world.councils) yield* this.lived(council, new Map());
  }

  summary(): SimulationSummary {
    this.known ??= this.summarise();
    return this.known;
  }

  private summarise(): SimulationSummary {
    const total = noCounts();
    const byCouncil = this.world.councils.map((council) => {
      const { counts } = this.feed(council);
      for (const key of Object.keys(total) as (keyof FeedCounts)[]) total[key] += counts[key];
      const { code, name } = council.planned;
      const arms = this.armsOf(council);
      let participants = 0;
      for (const { history } of this.lived(council, arms)) if (history.index !== null) participants++;
      return { code, name, participants, participatingFamilies: arms.size, ...counts };
    });
    const sum = (of: (one: (typeof byCouncil)[number]) => number) =>
      byCouncil.reduce((all, one) => all + of(one), 0);
    return {
      plan: this.plan.name,
      seed: this.plan.seed,
      councils: byCouncil.length,
      participants: sum((one) => one.participants),
      participatingFamilies: sum((one) => one.participatingFamilies),
      ...total,
      byCouncil,
    };
  }

  private feed(council: CouncilProfile): Feed {
    return new Feed(this.world, council, this.lived(council, this.armsOf(council)));
  }

  private *lived(council: CouncilProfile, arms: Arms): Generator<LivedChild> {
    for (const family of familiesOf(this.world, council)) {
      const arm = arms.get(family.at) ?? 'comparison';
      for (const child of family.children)
        yield { family, child, history: live(this.world, family, child, arm) };
    }
  }

  /** Permuted blocks in the order in which families are first referred in the window, so that arms stay level all along. */
  private armsOf(council: CouncilProfile): Arms {
    const known = this.arms.get(council);
    if (known) return known;
    const { recruitFrom, recruitTo } = this.world;
    const entries = new Map<number, Day>();
    for (const family of familiesOf(this.world, council)) {
      if (!family.incidents.some(({ day }) => day >= recruitFrom && day <= recruitTo)) continue;
      const indexes = family.children.map((child) => live(this.world, family, child, 'comparison').index);
      const first = Math.min(...indexes.map((index) => index ?? Number.POSITIVE_INFINITY));
      if (first <= recruitTo) entries.set(family.at, first);
    }
    const inOrder = [...entries].sort(([a, on], [b, later]) => on - later || a - b).map(([at]) => at);
    const arms = new Map<number, Arm>();
    const { blockSize, trialShare } = this.plan;
    const random = this.world.random.fork(4, council.at);
    for (let start = 0; start < inOrder.length; start += blockSize) {
      const block = Array.from(
        { length: blockSize },
        (_, at): Arm => (at < Math.round(blockSize * trialShare) ? 'trial' : 'comparison'),
      );
      random.shuffle(block);
      inOrder.slice(start, start + blockSize).forEach((family, at) => {
        arms.set(family, block[at] ?? 'comparison');
      });
    }
    this.arms.set(council, arms);
    return arms;
  }
}
