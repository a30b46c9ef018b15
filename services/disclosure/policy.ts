// What may be shown, as data: the number below which a count of children stays inside.

export interface DisclosurePolicy {
  /** Counts from 1 to `threshold` - 1 are hidden; zeros are shown. 1 hides nothing. */
  threshold: number;
}

/** True for a count that must not be shown for its own sake (primary suppression). */
export const isSmall = (count: number, policy: DisclosurePolicy): boolean =>
  count > 0 && count < policy.threshold;
