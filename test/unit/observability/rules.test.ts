// Rules and dashboard are what Prometheus and Grafana read, and every alert leads to a page that says what to do.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dashboard, expressions, rules } from '../../harness/observability.ts';
import { askedBy } from '../../harness/promql.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('alert rules', () => {
  test.each(expressions)('$where asks in PromQL', ({ expression }) => {
    expect(askedBy(expression).selectors.length).toBeGreaterThan(0);
  });

  test.each(rules)(
    '$alert has a page that says what it means, where to look and what to do',
    ({ alert, annotations }) => {
      expect(annotations.runbook).toBe(`docs/runbooks/${alert}.md`);
      const page = readFileSync(`${root}${annotations.runbook}`, 'utf8');
      expect(page.startsWith(`# ${alert}\n`)).toBe(true);
      for (const heading of ['What it means', 'Look', 'Do']) expect(page).toContain(`\n## ${heading}\n`);
    },
  );

  test('each have a name of their own, and no page is left without its alert', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const pages = readdirSync(`${root}docs/runbooks`).filter((name) => name.startsWith('Waymark'));
    expect(pages.sort()).toEqual(names.map((name) => `${name}.md`).sort());
  });

  test('quote only labels that their expression leaves', () => {
    for (const { alert, expr, annotations } of rules) {
      const { grouping, selectors } = askedBy(expr);
      const aggregated = /\b(sum|max|min|count|histogram_quantile)\b/.test(expr);
      const left = aggregated
        ? grouping
        : [...selectors.flatMap(({ labels }) => labels), 'instance', 'metric', 'job'];
      for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
        expect(left, `${alert} quotes ${label}`).toContain(label);
    }
  });

  test('a mistake in an expression is found', () => {
    expect(() => askedBy('sum(rate(x[5m])')).toThrow('not PromQL');
    expect(askedBy('max by (a) (x{b="c"}) / on (a) y')).toEqual({
      selectors: [
        { metric: 'x', labels: ['b'] },
        { metric: 'y', labels: [] },
      ],
      grouping: ['a', 'a'],
    });
  });
});

describe('the dashboard', () => {
  test('has panels that lie beside each other, each with an id of its own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});
