// What one feed or all of them hold, planted faults included: the figures with which a reader's own count must agree.

export interface FeedCounts {
  families: number;
  children: number;
  childrenEnteredTwice: number;
  records: number;
  /** Distinct event ids. */
  events: number;
  duplicates: number;
  corrections: number;
  purges: number;
  late: number;
  shuffledDeliveries: number;
  deliveries: number;
  feedStatements: number;
  /** All lines: events, duplicates and feed statements. */
  messages: number;
}

export const noCounts = (): FeedCounts => ({
  families: 0,
  children: 0,
  childrenEnteredTwice: 0,
  records: 0,
  events: 0,
  duplicates: 0,
  corrections: 0,
  purges: 0,
  late: 0,
  shuffledDeliveries: 0,
  deliveries: 0,
  feedStatements: 0,
  messages: 0,
});
