// The alert rules and the dashboard of infra/observability, in the shape that Prometheus and Grafana read them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../infra/observability/${name}`, import.meta.url)), 'utf8');

const duration = z.string().regex(/^\d+[smhdw]$/);

/** https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
const RuleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: duration.optional(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Waymark[A-Z]\w+$/),
          expr: z.string().min(1),
          for: duration.optional(),
          labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.strictObject({ summary: z.string().min(1), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

/** The parts of Grafana's dashboard model (schema version 41) that Waymark's dashboard uses. */
const grid = z.strictObject({
  h: z.int().min(1),
  w: z.int().min(1).max(24),
  x: z.int().min(0),
  y: z.int().min(0),
});
const source = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${' + 'source}') });
const Target = z.strictObject({
  refId: z.string().length(1),
  expr: z.string().min(1),
  legendFormat: z.string(),
  datasource: source,
});
const Dashboard = z.looseObject({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  panels: z.array(
    z.discriminatedUnion('type', [
      z.looseObject({ type: z.literal('row'), id: z.int(), title: z.string(), gridPos: grid }),
      z.looseObject({
        type: z.enum(['timeseries', 'stat']),
        id: z.int(),
        title: z.string(),
        description: z.string().min(1),
        gridPos: grid,
        datasource: source,
        targets: z.array(Target).min(1),
      }),
    ]),
  ),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
});

export const rules = RuleFile.parse(parse(read('alerts.yaml'))).groups.flatMap((group) => group.rules);

export const dashboard = Dashboard.parse(JSON.parse(read('dashboard.json')));

/** Every expression, with where it stands. */
export const expressions: { where: string; expression: string }[] = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expression: expr })),
  ...dashboard.panels.flatMap((panel) =>
    panel.type === 'row' ? [] : panel.targets.map(({ expr }) => ({ where: panel.title, expression: expr })),
  ),
];
