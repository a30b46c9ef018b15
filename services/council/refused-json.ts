// Children of a daily feed that had a refused record, each as it stood with its reasons in front of it.
import { type Quarantine, type QuarantineFile, reasonText } from './quarantine.ts';
import type { RefusedRecord } from './report.ts';

/** The key that a refused child carries; the reader passes over it. */
export const REFUSED_KEY = 'waymark_refused';

export class RefusedJson {
  readonly #file: QuarantineFile | undefined;

  constructor(quarantine: Quarantine | undefined, source: string) {
    this.#file = quarantine?.file(source);
  }

  /** @param text the child's object, or undefined when it was too large to be held */
  keep(text: string | undefined, refused: readonly RefusedRecord[]): void {
    const file = this.#file;
    if (!file || refused.length === 0) return;
    const reasons = `{ "${REFUSED_KEY}": ${JSON.stringify(refused.map(reasonText))}`;
    const rest = text?.slice(1).trimStart() ?? '}';
    file.write(`${file.begun ? ',\n' : '[\n'}${reasons}${rest.startsWith('}') ? '' : ', '}${rest}`);
  }

  close(): void {
    if (this.#file?.begun) this.#file.write('\n]\n');
    this.#file?.close();
  }
}
