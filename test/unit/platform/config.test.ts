import { isAbsolute, resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentVariables, loadConfig } from '../../../services/platform/config.ts';
import { UserError } from '../../../services/platform/errors.ts';

const refusalOf = (env: Record<string, string>): UserError => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('an empty environment', () => {
  const config = loadConfig({});

  test('replaces no part of the local stack', () => {
    expect(config.given).toEqual({});
  });

  test('keeps to this machine, on free ports, in .waymark of the folder it starts in', () => {
    expect(config).toMatchObject({ host: '127.0.0.1', gatewayPort: 0, portalPort: 0, metricsPort: 0 });
    expect(config.home).toBe(resolve('.waymark'));
  });

  test('seals what workflows carry; beside another’s Temporal it does so once it is given keys', () => {
    expect(config.temporalSecurity).toEqual({ payloadKeysFile: resolve('.waymark', 'payload.keys') });
    expect(loadConfig({ TEMPORAL_ADDRESS: 'temporal:7233' }).temporalSecurity).toEqual({});
  });

  test('names the topics', () => {
    expect(config.topics).toEqual({
      events: 'case-events.v1',
      rejected: 'case-events.rejected.v1',
      outcomeChanges: 'outcome-changes.v1',
    });
  });

  test('is the same as one whose variables are empty', () => {
    expect(loadConfig(Object.fromEntries(environmentVariables.map((name) => [name, ''])))).toEqual(config);
  });

  test('is the same as one with variables that are none of ours', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z_]{1,12}$/), fc.string()), (env) => {
        const others = Object.entries(env).filter(([name]) => !environmentVariables.includes(name));
        expect(loadConfig(Object.fromEntries(others))).toEqual(config);
      }),
    );
  });
});

describe('a setting', () => {
  test('is taken from each variable', () => {
    const config = loadConfig({
      WAYMARK_HOME: 'here',
      DATABASE_URL: 'postgres://waymark:secret@db:5432/waymark',
      KAFKA_BROKERS: ' one:9092 ,two:9092,',
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_NAMESPACE: 'families',
      KAFKA_TLS: 'on',
      KAFKA_TLS_CA: '/run/kafka-ca.pem',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'waymark',
      KAFKA_SASL_PASSWORD_FILE: '/run/secrets/kafka',
      TEMPORAL_TLS: 'on',
      TEMPORAL_TLS_CERT: '/run/temporal.crt',
      TEMPORAL_TLS_KEY: '/run/temporal.key',
      TEMPORAL_TLS_SERVER_NAME: 'temporal.example',
      WAYMARK_PAYLOAD_KEYS_FILE: '/run/secrets/payload-keys',
      WAYMARK_TASK_QUEUE: 'queue',
      WAYMARK_TOPIC_PREFIX: 'west.',
      WAYMARK_HOST: '0.0.0.0',
      WAYMARK_GATEWAY_PORT: '8081',
      WAYMARK_PORTAL_PORT: '8080',
      WAYMARK_PORTAL_URL: 'https://waymark.example/',
      WAYMARK_OIDC_ISSUER: 'https://login.example/tenant',
      WAYMARK_OIDC_CLIENT_ID: 'waymark',
      WAYMARK_OIDC_CLIENT_SECRET_FILE: '/run/secrets/openid',
      WAYMARK_METRICS_PORT: '9464',
      WAYMARK_ALLOCATION_PORT: '8082',
      WAYMARK_ALLOCATION_KEY_FILE: '/run/secrets/allocation',
      WAYMARK_ALLOCATION_TLS_CERT: '/run/tls.crt',
      WAYMARK_ALLOCATION_TLS_KEY: '/run/tls.key',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/otlp/',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-tenant=west',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=live',
      OTEL_TRACES_SAMPLER_ARG: '0.05',
      LOG_LEVEL: 'debug',
    });
    expect(isAbsolute(config.home)).toBe(true);
    expect({ ...config, home: undefined }).toEqual({
      home: undefined,
      given: {
        databaseUrl: 'postgres://waymark:secret@db:5432/waymark',
        kafkaBrokers: ['one:9092', 'two:9092'],
        temporalAddress: 'temporal:7233',
      },
      temporalNamespace: 'families',
      kafkaSecurity: {
        tls: { ca: '/run/kafka-ca.pem' },
        sasl: {
          mechanism: 'scram-sha-512',
          username: 'waymark',
          password: { file: '/run/secrets/kafka' },
        },
      },
      temporalSecurity: {
        tls: { cert: '/run/temporal.crt', key: '/run/temporal.key' },
        serverName: 'temporal.example',
        payloadKeysFile: '/run/secrets/payload-keys',
      },
      taskQueue: 'queue',
      topics: {
        events: 'west.case-events.v1',
        rejected: 'west.case-events.rejected.v1',
        outcomeChanges: 'west.outcome-changes.v1',
      },
      host: '0.0.0.0',
      gatewayPort: 8081,
      gatewayTls: null,
      portalPort: 8080,
      portalUrl: 'https://waymark.example',
      openId: {
        issuer: 'https://login.example/tenant',
        clientId: 'waymark',
        secretFile: '/run/secrets/openid',
      },
      keySignIn: false,
      metricsPort: 9464,
      allocationPort: 8082,
      allocationKeyFile: '/run/secrets/allocation',
      allocationTls: { certFile: '/run/tls.crt', keyFile: '/run/tls.key' },
      tracing: {
        url: 'https://collector.example/otlp/v1/traces',
        headers: { authorization: 'Bearer abc', 'x-tenant': 'west' },
        resource: { 'deployment.environment.name': 'live' },
        share: 0.05,
      },
      logLevel: 'debug',
    });
  });

  test.each([
    ['DATABASE_URL', 'mysql://db/waymark'],
    ['DATABASE_URL', 'db:5432'],
    ['KAFKA_BROKERS', ' , '],
    ['TEMPORAL_ADDRESS', 'temporal'],
    ['TEMPORAL_ADDRESS', 'http://temporal:7233'],
    ['WAYMARK_TOPIC_PREFIX', 'West '],
    ['WAYMARK_GATEWAY_PORT', '65536'],
    ['WAYMARK_GATEWAY_PORT', '-1'],
    ['WAYMARK_PORTAL_PORT', '80.5'],
    ['WAYMARK_METRICS_PORT', 'http'],
    ['LOG_LEVEL', 'loud'],
  ])('%s cannot be %j, and the sentence names it', (name, value) => {
    const refusal = refusalOf({ [name]: value });
    expect(refusal).toMatchObject({ code: 'bad-configuration', place: { field: name }, exitCode: 2 });
    expect(refusal.message).toMatch(new RegExp(`^The environment variable ${name} is not usable: .+\\.$`));
  });

  test('that is refused is not quoted: it may hold a password', () => {
    expect(refusalOf({ DATABASE_URL: 'mysql://me:hunter2@db/x' }).message).not.toContain('hunter2');
  });
});
