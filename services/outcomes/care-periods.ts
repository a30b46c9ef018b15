// A child's periods of care, read out of its care episodes (SSDA903). One period is one stay in care, however many
// episodes it is written in; short breaks (V3, V4) are not care.
import { addDays, dayNumber } from '../../schemas/calendar.ts';
import { SHORT_BREAK_STATUSES } from '../../schemas/codes.ts';
import { type RecordRef, refTo } from './candidate.ts';
import type { LiveRecord } from './live-records.ts';

type Episode = LiveRecord<'care-episode'>;

export interface CarePeriod {
  starts: string;
  /** The day care ended; null while it goes on. */
  ends: string | null;
  /** False when the records begin with the child already in care: the day it came into care is not known. */
  startSeen: boolean;
  /** Of its first episode, and the pseudonym that was stated under. */
  recordId: string;
  child: string;
  legalStatus: string;
  /** All episodes it is written in, the first one included. */
  episodes: readonly RecordRef[];
  /** The short breaks that show its start, where its first episode does not say S. */
  shownBy: readonly RecordRef[];
  /** Every episode without which its end could be another: its own, and those that reach into it or cut it off. */
  endedBy: readonly RecordRef[];
}

export const episodeRef = refTo('care-episode');

const STILL_OPEN = '9999-12-31';
const endOf = ({ state }: Episode): string => state.ended ?? STILL_OPEN;
const isShortBreak = ({ state }: Episode): boolean => SHORT_BREAK_STATUSES.includes(state.legalStatus);

function inOrder(a: Episode, b: Episode): number {
  const keys = (one: Episode) => `${one.state.started} ${endOf(one)} ${one.recordId} ${one.child}`;
  return keys(a) < keys(b) ? -1 : 1;
}

/** Whether an episode still ran, or ended, on this day: care that goes on in another episode does so the same day (433). */
const reaches = (episode: Episode, day: string): boolean => endOf(episode) >= day;

/**
 * Periods in order of their first day. Our rules, where the guide leaves dirty returns open: an episode opens a period
 * when it says so (RNE = S) or when no earlier episode reaches its first day; a period that opens ends the one before.
 */
export function carePeriods(episodes: readonly Episode[]): CarePeriod[] {
  const shortBreaks = episodes.filter(isShortBreak).sort(inOrder);
  const care = episodes.filter((episode) => !isShortBreak(episode)).sort(inOrder);

  const stays: Episode[][] = [];
  care.forEach((episode, at) => {
    const goesOn =
      episode.state.reasonStarted !== 'S' &&
      care.slice(0, at).some((earlier) => reaches(earlier, episode.state.started));
    if (goesOn) stays.at(-1)?.push(episode);
    else stays.push([episode]);
  });

  return stays.map((stay, at) => {
    const [first] = stay as [Episode];
    const starts = first.state.started;
    const next = stays[at + 1]?.[0];
    const ownEnd = stay.map(endOf).sort().at(-1) ?? STILL_OPEN;
    const isCutOff = next !== undefined && next.state.started < ownEnd;
    const ends = isCutOff ? next.state.started : ownEnd;
    const before = stays.slice(0, at).flat();
    const reaching = stay
      .slice(1)
      .flatMap(({ state }) => before.filter((one) => reaches(one, state.started)));
    const saysStart = first.state.reasonStarted === 'S';
    const fromShortBreaks = shortBreaks.filter((one) => one.state.started <= starts && reaches(one, starts));
    return {
      starts,
      ends: ends === STILL_OPEN ? null : ends,
      startSeen: saysStart || fromShortBreaks.length > 0,
      recordId: first.recordId,
      child: first.child,
      legalStatus: first.state.legalStatus,
      episodes: stay.map(episodeRef),
      shownBy: saysStart ? [] : fromShortBreaks.map(episodeRef),
      endedBy: [...new Set([...stay, ...reaching, ...(isCutOff ? [next] : [])])].map(episodeRef),
    };
  });
}

/** The child's episodes of care that ended on the day the period did, for one of these reasons. */
export function endedFor(
  { ends }: CarePeriod,
  episodes: readonly Episode[],
  reasons: readonly string[],
): Episode[] {
  return episodes.filter(
    (episode) =>
      !isShortBreak(episode) &&
      episode.state.ended !== undefined &&
      episode.state.ended === ends &&
      reasons.includes(episode.state.reasonEnded ?? ''),
  );
}

/** Whole days in care from `first` to `last`, both included. The day care ends is not a day in care. */
export function daysInCare(periods: readonly CarePeriod[], first: string, last: string): number {
  return periods
    .map(({ starts, ends }) => {
      const from = starts > first ? starts : first;
      const to = ends !== null && ends <= last ? ends : addDays(last, 1);
      return Math.max(0, dayNumber(to) - dayNumber(from));
    })
    .reduce((sum, days) => sum + days, 0);
}
