// One child's life in one arm. The two lives share every draw; the trial arm loses some of the events after the index, and
// whatever hangs on them. The index itself is the same in both: nothing before a child's own index day depends on the arm.
import type { Arm } from '../../schemas/protocol.ts';
import { type CareCourse, courseOfCare, type ExitCause, shortBreaks } from './care.ts';
import { closeEarly, factorsOf, STEP, share, type Timing, timing, UNBORN_DAYS } from './casework.ts';
import type { Day } from './days.ts';
import type { CarePeriod, CpPlan, History, Involvement, Span } from './facts.ts';
import type { Child, Family, Incident } from './family.ts';
import type { PlantedEffect } from './plan.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** The share of events that the intervention lets happen, so many days after the index. */
export function retained(effect: PlantedEffect, days: number): number {
  if (days <= 0) return 1;
  const fade = effect.halfLifeMonths === null ? 1 : 0.5 ** (days / (effect.halfLifeMonths * 30.4375));
  return 1 - (1 - effect.ratio) * fade;
}

export function live(world: World, family: Family, child: Child, arm: Arm): History {
  return new Life(world, family, child, arm).history;
}

class Life {
  readonly history: History;
  private exitCause: ExitCause;
  private plansHere = 0;
  private heldElsewhere = false;

  constructor(
    private readonly world: World,
    private readonly family: Family,
    private readonly child: Child,
    private readonly arm: Arm,
  ) {
    const exit = Math.min(child.adult, child.dies, family.leaves);
    this.exitCause = exit === child.adult ? 'adult' : exit === child.dies ? 'death' : 'move';
    this.history = { involvements: [], care: [], earlyHelp: [], meeting: null, index: null, exit };
    for (const incident of family.incidents) this.meet(incident);
  }

  private meet(incident: Incident): void {
    const { day } = incident;
    const { history, child } = this;
    if (day >= history.exit || day < child.born - UNBORN_DAYS) return;
    const random = this.family.random.fork(6, incident.at, child.at);
    const joins = random.chance(STEP.joins) || incident.focal === child.at;
    const spared = random.next();
    const readsAsNew = random.next() < STEP.readsAsNewReferralInCare;
    if (!joins || this.averted(this.world.plan.effects.reReferral, day, spared)) return;
    const last = history.involvements.at(-1);
    const inCare = history.care.find(
      (period) => !period.shortBreak && period.started < day && period.ended > day,
    );
    const touched = history.care.some((period) => period.started === day || period.ended === day);
    if (last && last.closed >= day) {
      // Work is under way: the incident is one more contact on the open case, unless the child has long been in care.
      if (!inCare || touched || !readsAsNew || day - inCare.started < 45 || last.day >= day) return;
      if (history.care.some((period) => period.shortBreak && period.ended > day)) return;
    }
    const resumes = last && last.closed >= day ? { closed: last.closed, reason: last.closureReason } : null;
    if (last && resumes) closeEarly(last, day);
    const isIndex = history.index === null && day >= this.world.recruitFrom && day <= this.world.recruitTo;
    if (isIndex) history.index = day;
    const times = timing(this.family.random.fork(4, incident.at));
    const involvement = this.open(incident, random, times, inCare ?? null);
    if (resumes && resumes.closed > involvement.closed) {
      involvement.closed = resumes.closed;
      involvement.closureReason = resumes.reason;
    }
    history.involvements.push(involvement);
    if (isIndex) this.offerMeeting(day, times, this.family.random.fork(5, incident.at));
  }

  /** True when the intervention averts an event of the trial arm. `draw` is uniform and shared by both lives. */
  private averted(effect: PlantedEffect, day: Day, draw: number): boolean {
    const { index } = this.history;
    return this.arm === 'trial' && index !== null && draw >= retained(effect, day - index);
  }

  private span(started: Day, ended: Day): Span | null {
    const end = Math.min(Math.floor(ended), this.history.exit);
    return end > started ? { started, ended: end } : null;
  }

  private open(incident: Incident, random: Random, times: Timing, inCare: CarePeriod | null): Involvement {
    const { family, child, history } = this;
    const { council } = family;
    const { day, need, source } = incident;
    const score = 0.6 * family.gravity + 0.8 * incident.severity + (need === 'N1' ? 0.25 : -0.35);
    const draws = {
      inNeed: random.next(),
      enquiry: random.next(),
      conference: random.next(),
      plan: random.next(),
      held: random.next(),
      care: random.next(),
      sameDay: random.next(),
      careSpared: random.next(),
      cinPlan: random.next(),
      stepDown: random.next(),
      factors: random.next(),
      earlyHelp: random.next(),
    };
    const involvement: Involvement = {
      incident: incident.at,
      day,
      source,
      need,
      nfa: false,
      closed: day,
      closureReason: 'RC7',
      assessment: null,
      section47: null,
      cinPlans: [],
      cpPlan: null,
      preProceedings: null,
    };
    const alone = family.unaccompanied;
    if (!alone && !inCare && incident.nfa < share(STEP.nfa + council.nfaShift)) {
      return this.closeWithoutAction(involvement, times, draws.earlyHelp);
    }
    const started = day + times.assessmentLag;
    const assessed = started + this.assessmentDays(times);
    const inNeed = alone || inCare !== null || draws.inNeed < share(STEP.inNeed + 0.7 * score);
    if (started < history.exit) {
      involvement.assessment = {
        started,
        authorised: assessed < history.exit ? assessed : null,
        factors: factorsOf(random.fork(2), alone, inNeed),
      };
    }
    const enquired = day + times.enquiryLag;
    const enquiry = inNeed ? share(STEP.section47 + 0.9 * score) : STEP.section47OfOthers;
    const conferenceOn = enquired + times.conferenceLag;
    if (
      !alone &&
      !inCare &&
      draws.enquiry < enquiry &&
      (inNeed ? enquired < history.exit : enquired < assessed)
    ) {
      const priorPlan = this.plansBefore(day) > 0 ? 0.5 : 0;
      const conference =
        inNeed &&
        conferenceOn < history.exit &&
        draws.conference < share(STEP.conference + 0.8 * score + priorPlan);
      if (enquired < history.exit)
        involvement.section47 = { started: enquired, conference: conference ? conferenceOn : null };
    }
    if (!inNeed) return this.closeAfterAssessment(involvement, assessed, times, draws.earlyHelp);

    const care = inCare ? null : this.care(incident, random, draws, score);
    const careStart = care?.periods[0]?.started ?? Number.POSITIVE_INFINITY;
    if (care?.adoptedOn) {
      history.exit = care.adoptedOn;
      this.exitCause = 'adoption';
    }
    this.plans(involvement, assessed, times, draws, careStart);
    const lawyers = care?.courtApplication ?? null;
    if (involvement.cpPlan && !lawyers && draws.factors < 0.06) {
      involvement.preProceedings = this.letterBeforeProceedings(involvement.cpPlan.started + 40, null);
    } else if (lawyers !== null && draws.factors < 0.75) {
      involvement.preProceedings = this.letterBeforeProceedings(Math.max(day, lawyers - 50), lawyers);
    }
    if (care) history.care.push(...care.periods);
    else if (!inCare && need === 'N2' && child.disabilities.length > 0 && draws.sameDay < 0.45) {
      history.care.push(...shortBreaks(random.fork(3), Math.max(assessed, child.born), history.exit));
    }
    return this.close(involvement, assessed, times, care, inCare);
  }

  private assessmentDays(times: Timing): number {
    const days = STEP.assessmentDays * this.family.council.assessmentLength * times.assessment;
    return Math.max(2, Math.min(150, Math.round(days)));
  }

  private closeWithoutAction(involvement: Involvement, times: Timing, help: number): Involvement {
    involvement.nfa = true;
    involvement.closed = Math.min(involvement.day + times.answered, this.history.exit);
    if (help < 0.15) this.helpEarly(involvement.closed, times);
    return involvement;
  }

  private closeAfterAssessment(
    involvement: Involvement,
    assessed: Day,
    times: Timing,
    help: number,
  ): Involvement {
    const referredOn = help < 0.22;
    this.closeOn(involvement, assessed + times.closing, referredOn ? 'RC9' : 'RC8');
    if (referredOn) this.helpEarly(involvement.closed, times);
    return involvement;
  }

  private helpEarly(from: Day, times: Timing): void {
    const span = this.span(from, from + times.lingering + 60);
    if (!span) return;
    const lead = times.answered === 0 ? 'social-worker' : times.answered === 1 ? 'other' : 'family-support';
    this.history.earlyHelp.push({ ...span, lead, endReason: times.closing > 3 ? 'declined' : 'needs-met' });
  }

  /** Plans before `day`, under this council or another. */
  private plansBefore(day: Day): number {
    return day > this.child.born ? this.plansHere + this.child.plansElsewhere : 0;
  }

  private care(
    incident: Incident,
    random: Random,
    draws: { care: number; sameDay: number; careSpared: number },
    score: number,
  ): CareCourse | null {
    const { family, child, history } = this;
    const age = incident.day - child.born;
    const ageShift = age < 365 ? 0.6 : age > 14 * 365 ? 0.35 : 0;
    const priorCare = history.care.some((period) => !period.shortBreak) ? 0.9 : 0;
    const logOdds = STEP.care + 0.8 * score + family.council.careShift + ageShift + priorCare;
    if (!family.unaccompanied && draws.care >= share(logOdds)) return null;
    const chance = random.fork(1);
    const wait = family.unaccompanied || draws.sameDay < 0.2 ? 0 : 1 + Math.floor(chance.logNormal(75, 1));
    const start = Math.max(incident.day + wait, child.born);
    const spared = [draws.careSpared, chance.next(), chance.next()];
    let asked = 0;
    const course = courseOfCare(chance, start, {
      ageDays: Math.max(0, start - child.born),
      need: incident.need === 'N0' || incident.need === 'N9' ? 'N1' : incident.need,
      unaccompanied: family.unaccompanied,
      exit: history.exit,
      exitCause: this.exitCause,
      enters: (on) => !this.averted(this.world.plan.effects.careEntry, on, spared[asked++] ?? 0),
    });
    return course.periods.length > 0 ? course : null;
  }

  private plans(
    involvement: Involvement,
    assessed: Day,
    times: Timing,
    draws: { plan: number; held: number; cinPlan: number; stepDown: number },
    careStart: Day,
  ): void {
    const cpPlan = this.cpPlan(involvement, times, draws, careStart);
    const add = (started: Day, ended: Day) => {
      const plan = this.span(started, Math.min(ended, careStart));
      if (plan) involvement.cinPlans.push(plan);
    };
    const length = times.cinPlan * this.family.council.planLength;
    if (cpPlan) {
      involvement.cpPlan = cpPlan;
      if (assessed + 7 < cpPlan.started) add(assessed, cpPlan.started - 1);
      if (draws.stepDown < 0.6) add(cpPlan.ended + 1, cpPlan.ended + 1 + times.stepDown);
    } else if (draws.cinPlan < STEP.cinPlan) {
      add(assessed, assessed + 14 + length);
    }
  }

  private cpPlan(
    involvement: Involvement,
    times: Timing,
    draws: { plan: number; held: number },
    careStart: Day,
  ): CpPlan | null {
    const conference = involvement.section47?.conference ?? null;
    if (conference === null || this.heldElsewhere || conference + 14 > careStart) return null;
    const previousPlans = this.plansBefore(conference);
    if (previousPlans > 0 && this.averted(this.world.plan.effects.repeatCpPlan, conference, draws.plan))
      return null;
    const length = Math.max(20, times.cpPlan * this.family.council.planLength ** 0.5);
    const span = this.span(conference, Math.min(conference + length, careStart));
    if (!span) return null;
    const heldForAnotherAuthority = draws.held < STEP.heldElsewhere;
    if (heldForAnotherAuthority) this.heldElsewhere = true;
    else this.plansHere++;
    const latest = draws.held > 0.9 ? 'NEG' : times.abuse;
    return { ...span, initial: times.abuse, latest, previousPlans, heldForAnotherAuthority };
  }

  private letterBeforeProceedings(letter: Day, courtApplication: Day | null) {
    const span = this.span(
      letter,
      courtApplication === null ? letter + 120 : Math.max(courtApplication, letter + 1),
    );
    return span && { ...span, courtApplication };
  }

  private close(
    involvement: Involvement,
    assessed: Day,
    times: Timing,
    care: CareCourse | null,
    inCare: CarePeriod | null,
  ): Involvement {
    const ends = [
      assessed,
      involvement.section47?.conference ?? 0,
      involvement.preProceedings?.ended ?? 0,
      ...involvement.cinPlans.map((plan) => plan.ended),
      involvement.cpPlan?.ended ?? 0,
      inCare?.ended ?? 0,
      ...this.history.care.filter((period) => period.ended > involvement.day).map((period) => period.ended),
    ];
    const unplanned = involvement.cinPlans.length === 0 && !involvement.cpPlan && !care;
    const on = Math.max(...ends) + times.closing + (unplanned ? Math.floor(times.lingering) : 0);
    this.closeOn(
      involvement,
      on,
      care?.guardianship ? 'RC4' : times.closing === 5 && times.answered === 0 ? 'RC3' : 'RC7',
    );
    return involvement;
  }

  private closeOn(involvement: Involvement, on: Day, reason: Involvement['closureReason']): void {
    const { exit } = this.history;
    const cut = { adult: 'RC6', death: 'RC2', move: 'RC5', adoption: 'RC1' } as const;
    involvement.closed = Math.min(on, exit);
    involvement.closureReason = on >= exit ? cut[this.exitCause] : reason;
    const { assessment, section47, closed } = { ...involvement };
    if (assessment?.authorised && assessment.authorised > closed) assessment.authorised = null;
    if (section47 && section47.started > closed) involvement.section47 = null;
  }

  /** A family group meeting: offered to nearly every family of the trial arm, and now and then as usual practice. */
  private offerMeeting(index: Day, times: Timing, random: Random): void {
    const offered = random.next() < (this.arm === 'trial' ? 0.93 : 0.05);
    const accepted = random.chance(0.74);
    const held = random.chance(0.86);
    const day = index + times.meetingLag;
    if (!offered || day + 50 >= this.history.exit) return;
    const answered = day + random.whole(2, 14);
    this.history.meeting = {
      offered: day,
      accepted,
      answered,
      held: accepted && held ? answered + random.whole(7, 35) : null,
      planAgreed: random.chance(0.9),
    };
  }
}
