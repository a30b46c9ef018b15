// Months along the foot of a chart: every month has its place, and as many are named as there is room for.

const short = new Intl.DateTimeFormat('en-GB', { month: 'short', year: '2-digit', timeZone: 'UTC' });

/** 2026-08-01 becomes Aug 26. */
export const monthTick = (month: string): string =>
  short.format(new Date(`${month}T00:00:00Z`)).replace('Sept', 'Sep');

/** The x scale of a chart by month. @param most how many names there is room for */
export function monthAxis(months: readonly string[], most: number) {
  const step = Math.ceil(months.length / most);
  return {
    ...{ type: 'band' as const, domain: months, label: null, tickSize: 0, tickFormat: monthTick },
    ticks: months.filter((_, at) => (months.length - 1 - at) % step === 0),
  };
}
