// All that the portal knows comes through this interface: counts and dates, never a row about a child.
import type { LifecycleEntry, Stage } from '../../schemas/lifecycle.ts';
import type { DataSource, Protocol } from '../../schemas/protocol.ts';
import type { RecordKind } from '../../schemas/records.ts';
import type { ResultRecord } from '../../schemas/result.ts';
import type { Identity } from '../access/people.ts';
import type { PersonRole } from '../access/roles.ts';
import type { RecruitmentCounts } from '../analysis/recruitment/counts.ts';
import type { ShownRecord } from '../analysis/report/shown.ts';
import type { Audited } from '../audit/append.ts';
import type { ProtectedResult } from '../disclosure/protect.ts';
import type { AskAnswer, Days, LookBack } from '../look-back/look-back.ts';
import type { KeyEntry } from '../platform/access.ts';
import type { GroupsAsked, ShownGroups } from '../releases/groups.ts';
import type { HeldPanel, Release } from '../releases/standing.ts';
import type { Draft, PersonStep, Taken } from '../releases/steps.ts';
import type { AuditLine, CheckedLog } from './audit-log.ts';
import type { CouncilAccount } from './council-account.ts';
import type { FormToken } from './form-token.ts';
import type { LiveProgress } from './live-progress.ts';
import type { PlanningStore } from './planning/store.ts';
import type { ServiceState } from './service-state.ts';

/** One line of the catalogue. Everything but the two counts is read off the locked protocol. */
export interface EvaluationSummary {
  slug: string;
  title: string;
  /** The protocol's question, in words. */
  question: string;
  dataSource: DataSource;
  councils: number;
  /** Children enrolled in either arm. */
  participants: number;
  /** What the protocol calls its arms. */
  armNames: { trial: string; comparison: string };
  /** The outcome and the horizon (months) that the evaluation was designed to answer. */
  primary: { outcome: string; horizon: number };
  /** Outcomes by arm are not to be seen yet, by anyone: `result` answers null. */
  blinded: boolean;
  /** Kept analyses of it that the reader may see. */
  analyses: number;
  /** Published releases of its effects. */
  releasedEffects: number;
  /** The reader works on it, and so sees who was screened and how alike the arms were at the start. */
  works: boolean;
  /** `protocol.disclosure.threshold`: counts from 1 to one less than this never leave. */
  disclosureThreshold: number;
}

/** One wave at one horizon: when it can be known, whether it is, and who holds it up. */
export interface MaturityRow {
  /** First day of the wave, YYYY-MM-DD. */
  wave: string;
  /** Months from the index day. */
  horizon: number;
  participants: number;
  /** The last index day of the wave plus the horizon: feeds must be complete through this day, YYYY-MM-DD. */
  due: string;
  /** When the outcomes were frozen (RFC 3339), or null while they are open. */
  frozenAt: string | null;
  /** Since when later records would give another figure than the frozen one (RFC 3339); null while they would not. */
  supersededAt: string | null;
  /** Names of the councils whose feeds are not yet complete through `due`. Empty once all are. */
  waitingFor: string[];
}

/** What an evaluation is planned to be, and every step of its life so far. Nothing in it tells an outcome. */
export interface PlanRecord {
  /** The protocol that holds now, in words. */
  sections: { title: string; lines: string[] }[];
  protocolHash: string;
  stage: Stage;
  paused: boolean;
  /** Oldest first; each names the hash of the one before it. */
  entries: { entry: LifecycleEntry; hash: string }[];
  /** What a check of the whole chain found now; `seq` is null where the fault lies beside the chain. Empty when it holds. */
  faults: { seq: number | null; fault: string }[];
}

/** Who came in, and what was known of them, before anything is hidden. */
export interface RecruitmentRecord extends RecruitmentCounts {
  /** When it was counted (RFC 3339). */
  countedAt: string;
  protocol: Pick<Protocol, 'waves' | 'disclosure' | 'design' | 'population'>;
  councils: { code: string; name: string }[];
  /** Children the study is for, where its plan says so. */
  target: number | null;
}

/** The state of one council's feed. */
export interface FeedRow {
  /** ONS code. */
  council: string;
  name: string;
  dataSource: DataSource;
  /** For each kind of record the council sends: the last day its feed is complete through, or null if it never said. */
  completeThrough: { kind: RecordKind; through: string | null }[];
  /** When the last case event or statement reached the ledger (RFC 3339), or null if none ever did. */
  lastReceived: string | null;
  /** Messages of this council that could not be understood and wait for repair. */
  quarantined: number;
  /** The same messages by what is wrong with them, most frequent first. `field` is empty for the whole message. */
  faults: { code: string; field: string; count: number }[];
  /** Since when the feed has been silent beyond its declared rhythm (RFC 3339), or null while it keeps it. */
  silentSince: string | null;
}

/** A kept analysis, without its numbers. */
export interface AnalysisOutline {
  number: number;
  /** The day by whose end everything in it was known, YYYY-MM-DD; null for everything known at `cut`. */
  asOf: string | null;
  /** What was stored before this instant was known (RFC 3339). */
  cut: string;
  withheld: boolean;
  codeVersion: string;
  by: string;
  /** When it was made (RFC 3339). */
  at: string;
  /** SHA-256 of the record. */
  hash: string;
}

export interface KeptAnalysis extends AnalysisOutline {
  /** What of it may be shown; null where an arm has too few children for anything. */
  shown: ShownRecord | null;
}

/** An evaluation as it can be looked back on. */
export interface LookedBack {
  /** The first day that can be, YYYY-MM-DD. */
  first: string;
  /** Of the protocol that holds now, in its order. */
  outcomes: { id: string; title: string }[];
  /** Everything that was asked for, newest day first, without its figures; empty where days were asked about. */
  all: LookBack[];
  /** What was asked about; null when nobody has asked for it. */
  found: LookBack | null;
}

export type Role = PersonRole;

/** Who acts, and in which role. `council` is the ONS code for the role `council` and null for all others. */
export interface KeyHolder {
  /** Who reads, as the store knows them: `person:<id>` or `key:<SHA-256>`. Without it the store shows nothing. */
  id?: string;
  label: string;
  role: Role;
  council: string | null;
  /** What forms of this person's browser carry back; absent for a machine. */
  form?: FormToken;
}

/** Outcomes by group with the names of councils, by ONS code. */
export type NamedGroups = ShownGroups & { names: ReadonlyMap<string, string> };

export interface PortalStore {
  evaluations(): Promise<EvaluationSummary[]>;
  /** The newest result, or null when there is no such evaluation, it is blinded, or nothing has been computed yet. */
  result(slug: string): Promise<ResultRecord | null>;
  /** What of a result its readers may see, judged with all they have seen before, and remembered. Every number passes here. */
  throughGate(summary: EvaluationSummary, result: ResultRecord): Promise<ProtectedResult>;
  /** One outcome by group, judged and remembered like every live number; null when there is no such evaluation, or it is blinded. */
  groups(slug: string, asked: GroupsAsked): Promise<NamedGroups | null>;
  /** Releases the reader may see, newest first. */
  releases(): Promise<Release[]>;
  /** Published releases of an evaluation's effects, newest first. */
  effects(slug: string): Promise<Release[]>;
  /** The published release at a permalink, or null. */
  releaseAt(permalink: string): Promise<Release | null>;
  /**
   * Drafts a release in the name of the signed-in reader, an evaluator of the evaluation.
   * @returns its number
   * @throws UserError `unknown-evaluation`, `blinded`, `no-result`, `unknown-analysis`, `withheld`, `too-small`
   */
  draft(person: KeyHolder, draft: Omit<Draft, 'by' | 'signedIn'>): Promise<number>;
  /**
   * A step that the signed-in reader, a checker of outputs, takes with a release.
   * @throws UserError `unknown-release`, `wrong-state`, `same-person`, `not-comparable`
   */
  take(person: KeyHolder, step: PersonStep, taken: Omit<Taken, 'by' | 'signedIn'>): Promise<void>;
  /** Live numbers that wait for enough children or a checker. */
  held(): Promise<HeldPanel[]>;
  /** How the service stands; null for whoever is no operator. */
  service(): Promise<ServiceState | null>;
  /** Entries of the audit log before one, newest first; none for whoever is no operator. `null`: the newest. */
  auditLog(before: number | null): Promise<AuditLine[]>;
  /** Whether the whole audit log holds, as last found. */
  checkedAudit(): Promise<CheckedLog>;
  /** How far the whole service has come; null for whoever reads nothing. */
  progress(): Promise<LiveProgress | null>;
  /** Every wave at every horizon, in any order. */
  maturity(slug: string): Promise<MaturityRow[]>;
  /** Null when there is no such evaluation. */
  plan(slug: string): Promise<PlanRecord | null>;
  /** Those that the reader may see, newest first. */
  analyses(slug: string): Promise<AnalysisOutline[]>;
  /** Null when the evaluation has none of this number. */
  analysis(slug: string, number: number): Promise<KeptAnalysis | null>;
  /** @param days null: everything that was asked for. Null when there is no such evaluation, or it is blinded. */
  lookBacks(slug: string, days: Days | null): Promise<LookedBack | null>;
  /** Asks for a look back in the reader's name, which somebody else makes. */
  askLookBack(slug: string, days: Days): Promise<AskAnswer>;
  /** Null when there is no such evaluation, or the reader does not work on it. */
  recruitment(slug: string): Promise<RecruitmentRecord | null>;
  feeds(): Promise<FeedRow[]>;
  /** Null when there is no such council for the reader. */
  councilAccount(council: string): Promise<CouncilAccount | null>;
  /** A council's sending keys for one of its own people, newest first; none for anybody else. */
  councilKeys(council: string): Promise<KeyEntry[]>;
  /**
   * A new key in the place of one that goes on for some days; its text is told this once.
   * @param signedIn `person:<id>`: the store takes it from nobody else
   * @throws UserError `unknown-key`, `key-revoked`
   */
  replaceKey(
    council: string,
    id: string,
    overlapDays: number,
    signedIn: string,
  ): Promise<{ key: string; old: KeyEntry }>;
  /** Stops a key now. @throws UserError `unknown-key` */
  stopKey(council: string, id: string, signedIn: string): Promise<KeyEntry>;
  /** Null when the key is unknown or revoked. Compare hashes, never the key. */
  checkKey(key: string): Promise<KeyHolder | null>;
  /** Every role that an account of the sign-in service may act in; null when nobody knows the account. */
  rolesOf(identity: Identity): Promise<KeyHolder[] | null>;
  /** Adds an entry to the audit log. */
  note(entry: Audited): Promise<void>;
  /** What evaluators do in their own name. */
  planning: PlanningStore;
  /** Whether somebody who signed in may still act so. */
  stands(person: KeyHolder): Promise<boolean>;
}
