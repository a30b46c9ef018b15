// infra/kubernetes keeps to the published schemas, unknown fields refused, and agrees with the code: settings, commands, ports.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { processNames } from '../../../services/command/processes.ts';
import { INGEST_GROUP } from '../../../services/ingest/run.ts';
import { environmentVariables, loadConfig } from '../../../services/platform/config.ts';
import { EVENT_PARTITIONS } from '../../../services/platform/kafka.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(file(path), 'utf8');

interface Container {
  name: string;
  image: string;
  args: string[];
  env: { name: string }[];
  ports?: { name: string; containerPort: number }[];
  startupProbe?: object;
  livenessProbe?: { httpGet: { path: string; port: string } };
  readinessProbe?: { httpGet: { path: string; port: string } };
  securityContext: object;
  resources: { requests: Record<string, string>; limits: Record<string, string> };
}
interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: Container[]; securityContext: object; automountServiceAccountToken: boolean };
}
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: {
    template?: PodTemplate;
    selector?: { matchLabels: Record<string, string> };
    maxReplicaCount?: number;
    partitions?: number;
    triggers?: { metadata: Record<string, string> }[];
    policyTypes?: string[];
    podSelector?: object;
  };
}

/** Every file whose kinds have a schema; Helm's values and kustomization.yaml have none. */
const files = readdirSync(file('infra/kubernetes'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml') && !/values|kustomization/.test(name))
  .sort();
const manifests = files.flatMap((name) =>
  parseAllDocuments(read(`infra/kubernetes/${name}`)).map((one) => ({
    name,
    manifest: one.toJS() as Manifest,
  })),
);
const named = manifests.map(({ name, manifest }): [string, Manifest] => [
  `${name} ${manifest.kind} ${manifest.metadata.name}`,
  manifest,
]);
const ofKind = (kind: string): Manifest[] =>
  manifests.filter(({ manifest }) => manifest.kind === kind).map(({ manifest }) => manifest);
const workloads = named.filter(([, { spec }]) => spec?.template !== undefined);
const settings = ofKind('ConfigMap')[0]?.data ?? {};

const { kinds, definitions } = JSON.parse(read('test/data/kubernetes/schemas.json')) as {
  kinds: Record<string, object>;
  definitions: object;
};
const ajv = new Ajv({ strict: false, allErrors: true });
const faultsOf = (manifest: Manifest): string[] => {
  const schema = kinds[`${manifest.apiVersion}/${manifest.kind}`];
  if (!schema) return [`no schema of ${manifest.apiVersion}/${manifest.kind}`];
  const validate = ajv.compile({ ...schema, definitions });
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, 'additionalProperty' in params ? params.additionalProperty : ''].join(' '),
  );
};

describe('the schemas', () => {
  it.each(named)('%s keeps to its own', (_name, manifest) => {
    expect(faultsOf(manifest)).toEqual([]);
  });

  it('refuse a field that is misspelt, missing or of another type, in Kubernetes’ kinds and in the operators’', () => {
    const changed = (kind: string, change: (text: string) => string): string[] =>
      faultsOf(JSON.parse(change(JSON.stringify(ofKind(kind)[0]))) as Manifest);
    expect(
      changed('Deployment', (text) => text.replace('"readinessProbe"', '"readynessProbe"')).join(),
    ).toContain('readynessProbe');
    expect(changed('Deployment', (text) => text.replace('"replicas":2', '"replicas":"2"'))).not.toEqual([]);
    expect(changed('NetworkPolicy', (text) => text.replace('"podSelector"', '"podselector"'))).not.toEqual(
      [],
    );
    expect(changed('Kafka', (text) => text.replace('"listeners"', '"listener"'))).not.toEqual([]);
    expect(changed('KafkaNodePool', (text) => text.replace('"broker"', '"brocker"'))).not.toEqual([]);
    expect(changed('Cluster', (text) => text.replace('"instances":3', '"instances":0'))).not.toEqual([]);
    expect(changed('ScaledObject', (text) => text.replace('"triggers"', '"trigger"'))).not.toEqual([]);
  });
});

describe('Waymark on Kubernetes', () => {
  it('runs every process, the migration before them and the allocation service', () => {
    const commands = workloads.map(([, { spec }]) => spec?.template?.spec.containers[0]?.args.join(' '));
    expect(commands.sort()).toEqual(['allocation serve', 'migrate', ...processNames].sort());
  });

  it('is told only what it reads', () => {
    const env = { ...settings, DATABASE_URL: 'postgresql://waymark:secret@waymark-postgres-rw:5432/waymark' };
    expect(environmentVariables).toEqual(expect.arrayContaining(Object.keys(env)));
    expect(loadConfig(env)).toMatchObject({
      given: {
        kafkaBrokers: ['waymark-kafka-bootstrap:9092'],
        temporalAddress: 'temporal-frontend.temporal:7233',
      },
      host: '0.0.0.0',
      home: '/tmp/waymark',
    });
  });

  it.each(workloads)('%s has no right it does not need, and bounds', (_name, { spec }) => {
    const { containers, securityContext, automountServiceAccountToken } = spec!.template!.spec;
    expect(automountServiceAccountToken).toBe(false);
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const one of containers) {
      expect(one.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(one.resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: one.resources.requests.memory },
      });
      expect(one.image).toBe(`waymark:${JSON.parse(read('package.json')).version}`);
    }
  });

  it.each(workloads.filter(([, { kind }]) => kind !== 'Job'))(
    '%s is asked whether it lives and is ready',
    (_name, one) => {
      const component = one.spec!.template!.metadata.labels['app.kubernetes.io/component'];
      const [container] = one.spec!.template!.spec.containers;
      expect(container).toMatchObject({
        startupProbe: expect.anything(),
        livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
        readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
      });
      const ports = Object.fromEntries(
        container!.ports!.map(({ name, containerPort }) => [name, containerPort]),
      );
      const config = loadConfig(settings);
      expect(ports.metrics).toBe(config.metricsPort);
      const own = {
        gateway: config.gatewayPort,
        portal: config.portalPort,
        allocation: config.allocationPort,
      };
      expect(ports.http).toBe(own[component as keyof typeof own]);
      expect(one.spec?.selector?.matchLabels).toEqual(one.spec!.template!.metadata.labels);
      if (one.kind === 'Deployment')
        expect(ofKind('PodDisruptionBudget').map(({ spec }) => spec?.selector?.matchLabels)).toContainEqual(
          one.spec?.selector?.matchLabels,
        );
    },
  );

  it('grows with the messages that wait in the topic and group of the code, to a process a partition', () => {
    const [scaled] = ofKind('ScaledObject');
    expect(scaled?.spec?.triggers?.[0]?.metadata).toMatchObject({
      consumerGroup: INGEST_GROUP,
      topic: loadConfig(settings).topics.events,
      bootstrapServers: 'waymark-kafka-bootstrap.waymark:9092',
    });
    expect(scaled?.spec?.maxReplicaCount).toBe(EVENT_PARTITIONS);
    const topics = ofKind('KafkaTopic').map(({ metadata, spec }) => [metadata.name, spec?.partitions]);
    const { events, rejected, outcomeChanges } = loadConfig(settings).topics;
    expect(topics).toEqual([
      [events, EVENT_PARTITIONS],
      [rejected, 1],
      [outcomeChanges, 1],
    ]);
  });

  it('lets nothing through that is not named, and lists every file', () => {
    expect(ofKind('NetworkPolicy')[0]?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const { resources } = parse(read('infra/kubernetes/kustomization.yaml')) as { resources: string[] };
    expect(resources.toSorted()).toEqual(files.filter((name) => name !== 'allocation.yaml'));
    for (const [, { kind, metadata }] of named)
      expect(kind === 'Namespace' ? metadata.name : metadata.namespace).toBe('waymark');
  });
});
