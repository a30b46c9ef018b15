// A store in memory. Records are a count of changes per cohort, outcomes the count last computed: nothing was lost
// when the two agree, and a frozen milestone shows the count it was frozen at.
import { setTimeout as sleep } from 'node:timers/promises';
import { addMonths, lastDayOf, monthOf } from '../../schemas/calendar.ts';
import {
  type CohortRef,
  type CohortState,
  type FeedRef,
  type FrozenMilestone,
  Gone,
  type Maturity,
  type MilestoneRef,
  type ScreenedChanges,
  type TrackerStore,
} from '../../services/tracker/store.ts';

interface FakeCohort {
  of: CohortRef;
  councils: string[];
  horizons: number[];
  /** Changes made, and the number the outcomes were last computed at. */
  changes: number;
  computed: number;
  frozen: Map<number, FrozenMilestone>;
}

const keyOf = (of: CohortRef) => `${of.evaluation} ${of.wave}`;

export class FakeStore implements TrackerStore {
  readonly cohorts = new Map<string, FakeCohort>();
  readonly completeThrough = new Map<string, string>();
  readonly outbox = new Map<string, { cohort?: CohortRef; heard?: FeedRef }>();
  /** What was asked, in order, as `recomputeCohort`, `freezeMilestone 6`… */
  readonly asked: string[] = [];
  readonly overdue: { horizon: number; waitingFor: string[]; daysOverdue: number }[] = [];
  readonly feeds: { council: string; silent: boolean; at: string }[] = [];
  /** Milliseconds that a recompute takes. */
  recomputeTakes = 0;
  /** Steps of releases that no workflow was told of, by row. */
  readonly releaseLooks = new Map<string, number>();
  /** Consulted before a question is answered: throw to fail it. */
  before: (question: string) => void | Promise<void> = () => {};
  private nextRow = 0;

  addCohort(of: CohortRef, councils: string[], horizons = [6, 12, 18]): FakeCohort {
    const cohort = { of, councils, horizons, changes: 1, computed: 0, frozen: new Map() };
    this.cohorts.set(keyOf(of), cohort);
    return cohort;
  }

  /** A child of the cohort changed, as ingest would say it. */
  change(of: CohortRef): void {
    this.cohort(of).changes += 1;
    this.outbox.set(`${++this.nextRow}`, { cohort: of });
  }

  /** A council says that its feed is complete through a day. */
  state(council: string, completeThrough: string, rhythmDays = 7): void {
    this.completeThrough.set(council, completeThrough);
    this.outbox.set(`${++this.nextRow}`, { heard: { council, rhythmDays } });
  }

  count(question: string): number {
    return this.asked.filter((each) => each === question).length;
  }

  cohort(of: CohortRef): FakeCohort {
    const cohort = this.cohorts.get(keyOf(of));
    if (!cohort) throw new Gone('EvaluationGone', `There is no evaluation ${of.evaluation} any more.`);
    return cohort;
  }

  async screenChanges(limit: number, after = '0'): Promise<ScreenedChanges> {
    await this.before('screenChanges');
    const taken: [string, { cohort?: CohortRef; heard?: FeedRef }][] = [];
    for (const row of this.outbox) {
      if (Number(row[0]) > Number(after)) taken.push(row);
      if (taken.length > limit) break;
    }
    const more = taken.splice(limit).length > 0;
    return {
      rows: taken.map(([row]) => row),
      cohorts: taken.flatMap(([, each]) => each.cohort ?? []),
      heard: taken.flatMap(([, each]) => each.heard ?? []),
      causes: [],
      more,
    };
  }

  async acknowledge(rows: string[]): Promise<void> {
    await this.before('acknowledge');
    for (const row of rows) this.outbox.delete(row);
  }

  async releaseSteps(): Promise<{ row: string; release: number }[]> {
    await this.before('releaseSteps');
    return [...this.releaseLooks].map(([row, release]) => ({ row, release }));
  }

  async releaseStepsTold(rows: string[]): Promise<void> {
    await this.before('releaseStepsTold');
    for (const row of rows) this.releaseLooks.delete(row);
  }

  async readyCohorts(councils: string[]): Promise<CohortRef[]> {
    return this.unfrozenReady((cohort) => cohort.councils.some((council) => councils.includes(council)));
  }

  async unsettledCohorts(): Promise<CohortRef[]> {
    return this.unfrozenReady(() => true);
  }

  async unfinishedCohorts(): Promise<CohortRef[]> {
    await this.before('unfinishedCohorts');
    return [...this.cohorts.values()]
      .filter(({ frozen, horizons }) => frozen.size < horizons.length)
      .map(({ of }) => of);
  }

  async recomputeCohort(of: CohortRef, checkpoint: (done: number) => void): Promise<CohortState> {
    await this.ask('recomputeCohort');
    const read = this.cohort(of).changes;
    for (let waited = 0; waited < this.recomputeTakes; waited += 20) {
      await sleep(20);
      checkpoint(waited);
    }
    const cohort = this.cohort(of);
    const recomputed = Math.max(0, read - cohort.computed);
    cohort.computed = Math.max(cohort.computed, read);
    const horizons = cohort.councils.length > 0 ? cohort.horizons : [];
    const milestones = horizons.map((horizon) => ({
      horizon,
      ready: this.maturity({ ...of, horizon }).waitingFor.length === 0,
      frozen: cohort.frozen.has(horizon),
    }));
    return { recomputed, milestones };
  }

  async checkMaturity(of: MilestoneRef): Promise<Maturity> {
    await this.ask(`checkMaturity ${of.horizon}`);
    return this.maturity(of);
  }

  async freezeMilestone(of: MilestoneRef): Promise<FrozenMilestone | null> {
    await this.ask(`freezeMilestone ${of.horizon}`);
    const cohort = this.cohort(of);
    if (!cohort.frozen.has(of.horizon)) {
      if (!this.maturity(of).ready) return null;
      cohort.frozen.set(of.horizon, { hash: `at ${cohort.computed}`, participants: 10 });
    }
    return cohort.frozen.get(of.horizon) ?? null;
  }

  async draftResult(of: MilestoneRef): Promise<void> {
    await this.ask(`draftResult ${of.horizon}`);
  }

  async noteOverdue(of: MilestoneRef, waitingFor: string[], daysOverdue: number): Promise<void> {
    await this.ask(`noteOverdue ${of.horizon}`);
    this.overdue.push({ horizon: of.horizon, waitingFor, daysOverdue });
  }

  async feedSilent(council: string, lastHeard: string): Promise<void> {
    await this.ask('feedSilent');
    this.feeds.push({ council, silent: true, at: lastHeard });
  }

  async feedResumed(council: string, heardAt: string): Promise<void> {
    await this.ask('feedResumed');
    this.feeds.push({ council, silent: false, at: heardAt });
  }

  private async ask(question: string): Promise<void> {
    this.asked.push(question);
    await this.before(question);
  }

  private maturity(of: MilestoneRef): Maturity {
    const cohort = this.cohort(of);
    if (cohort.councils.length === 0)
      throw new Gone('CohortGone', `Nobody is left in the wave of ${of.wave}.`);
    const dueOn = addMonths(lastDayOf(monthOf(of.wave)), of.horizon);
    const waitingFor = cohort.councils.filter((council) => (this.completeThrough.get(council) ?? '') < dueOn);
    const unsettled = waitingFor.length === 0 && cohort.computed < cohort.changes;
    return { ready: waitingFor.length === 0 && !unsettled, unsettled, dueOn, waitingFor };
  }

  private unfrozenReady(concerns: (cohort: FakeCohort) => boolean): CohortRef[] {
    const unsettled = (cohort: FakeCohort) =>
      cohort.computed < cohort.changes ||
      cohort.horizons.some(
        (horizon) =>
          !cohort.frozen.has(horizon) && this.maturity({ ...cohort.of, horizon }).waitingFor.length === 0,
      );
    return [...this.cohorts.values()]
      .filter(concerns)
      .filter(unsettled)
      .map(({ of }) => of);
  }
}

/** One store over many, so that tests with an evaluation each can share a worker. Others' evaluations are gone. */
export function storeOver(stores: ReadonlyMap<string, FakeStore>): TrackerStore {
  const answer =
    (method: PropertyKey) =>
    (of: CohortRef, ...rest: unknown[]) => {
      const store = stores.get(of.evaluation);
      if (!store) throw new Gone('EvaluationGone', `There is no evaluation ${of.evaluation} any more.`);
      return Reflect.apply(Reflect.get(store, method), store, [of, ...rest]);
    };
  return new Proxy({} as TrackerStore, { get: (_, method) => answer(method) });
}
