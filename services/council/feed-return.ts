// One file of the daily child-level feed: a snapshot or a day's deltas.
import { feedKinds, stateFeedChild } from './daily-feed.ts';
import { readJsonObjects } from './json-objects.ts';
import { type Batches, closing, dated, type ReturnReading } from './one-return.ts';
import { RefusedJson } from './refused-json.ts';
import { type SourceFile, textOf } from './source-files.ts';

/** @throws UserError with file and line when the file cannot be read to its end */
export async function* readDailyFeed(source: SourceFile, one: ReturnReading): Batches {
  const { writer, quarantine } = one.conversion;
  const { file } = source;
  const { referenceDate, events } = dated(one, file);
  const refused = new RefusedJson(quarantine, file);
  let children = 0;
  for await (const objects of readJsonObjects(textOf(source, one.progress), file)) {
    for (const { text, line } of objects) {
      if (stateFeedChild(text, file, line, events, writer)) children += 1;
      refused.keep(text, writer.takeRefused());
    }
    yield events.take();
  }
  refused.close();
  writer.report.children += children;
  yield closing(events, { files: [file], format: 'daily-feed', referenceDate, kinds: feedKinds, children });
}
