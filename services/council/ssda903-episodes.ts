// Episodes of care: which of them can stand, which rows of several years are one, and whether they follow each other.
import * as codes from '../../schemas/codes.ts';
import { codeSet, type Raw, Reading } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { RawEpisode } from './ssda903-child.ts';

const reasonsStarted = codeSet(codes.ReasonNewEpisode.options);
const legalStatuses = codeSet(codes.LegalStatus.options);
const reasonsEnded = codeSet(codes.ReasonEpisodeCeased.options);

/** An episode that can stand, with what the rules need. */
export interface Episode {
  reading: Reading;
  raw: RawEpisode;
  started: string;
  reasonStarted: (typeof codes.ReasonNewEpisode.options)[number];
  legalStatus: (typeof codes.LegalStatus.options)[number];
  ended: string | undefined;
  reasonEnded: string | undefined;
}

export function readEpisode(raw: RawEpisode, writer: ReportWriter): Episode | undefined {
  const reading = new Reading(writer, raw.file, raw.line, 'care-episode');
  const at = (text: string): Raw => ({ text, line: raw.line });
  const started = reading.requiredDate('DECOM', at(raw.decom));
  if (started === undefined) return undefined;
  const reasonStarted = reading.requiredCode('RNE', at(raw.rne), reasonsStarted);
  if (reasonStarted === undefined) return undefined;
  const legalStatus = reading.requiredCode('LS', at(raw.ls), legalStatuses);
  if (legalStatus === undefined) return undefined;
  const ended = reading.date('DEC', at(raw.dec));
  const reasonEnded = reading.code('REC', at(raw.rec), reasonsEnded);
  return { reading, raw, started, reasonStarted, legalStatus, ended, reasonEnded };
}

const FOREVER = '9999-12-31';
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** In order of start, then end, then place in the source. */
const inOrder = (a: Episode, b: Episode): number =>
  order(a.started, b.started) || order(a.ended ?? FOREVER, b.ended ?? FOREVER) || a.raw.line - b.raw.line;

/** The episodes in order, rows of several years about one of them put together: the ended one is kept. */
export function oneOfEachEpisode(episodes: readonly Episode[]): Episode[] {
  const kept = new Map<string, Episode[]>();
  for (const episode of episodes) {
    const { raw } = episode;
    const key = [episode.started, raw.rne, raw.ls, raw.place].join(' ');
    const same = kept.get(key);
    if (!same) {
      kept.set(key, [episode]);
      continue;
    }
    const open = same.findIndex((one) => one.ended === undefined);
    if (episode.ended === undefined && open < 0) {
      episode.reading.finding('years-overlap');
    } else if (episode.ended !== undefined && open >= 0) {
      same[open]?.reading.finding('years-overlap');
      same[open] = episode;
    } else {
      same.push(episode);
    }
  }
  return [...kept.values()].flat().sort(inOrder);
}

export function checkEpisodes(episodes: readonly Episode[]): void {
  episodes.forEach((episode, at) => {
    const { reading, started, ended, reasonEnded, reasonStarted } = episode;
    const before = episodes[at - 1];
    const opens =
      !before ||
      (before.ended !== undefined && before.reasonEnded !== undefined && before.reasonEnded !== 'X1');
    if (opens && reasonStarted !== 'S') reading.finding('357');
    if (!opens && reasonStarted !== 'S' && before?.ended !== started) reading.finding('433');
    if (reasonEnded === 'X1' && ended !== undefined) {
      const next = episodes.slice(at + 1).some((later) => later.started === ended);
      if (!next) reading.finding('388');
    }
    if (ended !== undefined && ended < started) reading.finding('ends-before-start');
    if (ended !== undefined && reasonEnded === undefined) reading.finding('end-without-reason');
    if (ended === undefined && reasonEnded !== undefined) reading.finding('end-reason-without-end');
  });
}
