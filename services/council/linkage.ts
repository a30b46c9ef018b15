// Whether the children of an SSDA903 return are children of the census or feed beside it: a child looked after whom
// nothing else knows has no referral to be followed from, and an id that was not matched looks just the same.

export interface LinkageReport {
  /** Children of the SSDA903. */
  careChildren: number;
  linked: number;
  unlinked: number;
  /** Their pseudonyms, in the order of the return. */
  unlinkedChildren: string[];
  /** Rows of the crosswalk whose SSDA903 id is of no child of the return. */
  crosswalkUnused: number;
}

export class Linkage {
  /** The id of the SSDA903 by pseudonym. */
  readonly #care = new Map<string, string>();
  readonly #unlinked = new Set<string>();
  readonly #crosswalk: ReadonlyMap<string, string>;
  #used = 0;
  #others = false;

  constructor(crosswalk: ReadonlyMap<string, string>) {
    this.#crosswalk = crosswalk;
  }

  /** The id by which the other returns know a child of the SSDA903. */
  idOf(careId: string): string {
    const id = this.#crosswalk.get(careId);
    if (id !== undefined) this.#used += 1;
    return id ?? careId;
  }

  /** @returns false when another child of the SSDA903 has the same pseudonym: the crosswalk joins two ids */
  care(pseudonym: string, careId: string): boolean {
    const before = this.#care.get(pseudonym);
    if (before !== undefined) return before === careId;
    this.#care.set(pseudonym, careId);
    this.#unlinked.add(pseudonym);
    return true;
  }

  /** A child of a return that is not SSDA903; those are read after it. */
  other(pseudonym: string): void {
    this.#others = true;
    if (this.#unlinked.size > 0) this.#unlinked.delete(pseudonym);
  }

  /** Undefined when there were not two sides to link. */
  report(): LinkageReport | undefined {
    if (this.#care.size === 0 || !this.#others) return undefined;
    const unlinkedChildren = [...this.#unlinked];
    return {
      careChildren: this.#care.size,
      linked: this.#care.size - unlinkedChildren.length,
      unlinked: unlinkedChildren.length,
      unlinkedChildren,
      crosswalkUnused: this.#crosswalk.size - this.#used,
    };
  }
}
