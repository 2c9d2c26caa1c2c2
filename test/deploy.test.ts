/** The files of `deploy/` and the Dockerfile: they can be read, and name no setting, metric or file that does not exist. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { openMetrics } from '../bot/ops/metrics.ts';
import { commandOf, readDockerfile } from './image/dockerfile.ts';

const ROOT = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const units = ['deploy/darkroom.service', 'deploy/darkroom-backup.service'];

/** Every setting that is documented. */
const SETTINGS = new Set([...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name));
const program = /"start": "exec (.*?)"/.exec(read('package.json'))![1]!;

describe('YAML', () => {
  const files = ['compose.yaml', 'kubernetes.yaml', 'prometheus/alerts.yaml', 'prometheus/prometheus.yaml'];
  test.each(files)('deploy/%s can be read, and no key stands there twice', (file) => {
    const documents = parseAllDocuments(read(`deploy/${file}`), { merge: true });
    expect(documents).not.toHaveLength(0);
    for (const document of documents) {
      expect((document as { errors: unknown[] }).errors).toEqual([]);
      expect(document.toJS()).toBeTypeOf('object');
    }
  });

  test('every setting in them is a setting of ours', () => {
    const compose = [...read('deploy/compose.yaml').matchAll(/^ {2,6}([A-Z][A-Z_]+):/gm)].map(
      ([, name]) => name,
    );
    const cluster = [...read('deploy/kubernetes.yaml').matchAll(/- \{ name: ([A-Z_]+),/g)].map(
      ([, name]) => name,
    );
    expect(compose.length + cluster.length).toBeGreaterThan(15);
    expect([...compose, ...cluster].filter((name) => !SETTINGS.has(name))).toEqual([]);
  });
});

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly read_only?: boolean;
  readonly deploy?: unknown;
}

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('deploy/compose.yaml'), { merge: true }) as {
    services: Readonly<Record<string, ComposeService>>;
    volumes: Readonly<Record<string, unknown>>;
  };
  const all = Object.entries(services);

  test('what services refer to is there: targets of the Dockerfile, volumes, services with a health check', () => {
    const targets = readDockerfile(read('Dockerfile')).map(({ name }) => name);
    for (const [name, { build, volumes: used = [], depends_on = {} }] of all) {
      if (build !== undefined) expect(targets, name).toContain(build.target);
      for (const volume of used) {
        const [from] = volume.split(':');
        expect(from!.startsWith('${') || from! in volumes, volume).toBe(true);
      }
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(services[other], other).toBeDefined();
        if (condition === 'service_healthy') expect(services[other]!.healthcheck).toBeDefined();
      }
    }
  });

  test('nothing is open to other hosts by itself, and only volumes are written to', () => {
    for (const [name, { ports = [], read_only, build }] of all) {
      for (const port of ports)
        expect(port, name).toMatch(/^(127\.0\.0\.1|\$\{VALKEY_LISTEN:-127\.0\.0\.1\}):/);
      if (build !== undefined) expect(read_only, name).toBe(true);
    }
  });

  test('a worker is given no token of a chat', () => {
    const worker = services.worker!.environment!;
    expect(Object.keys(worker).filter((name) => /TOKEN|SECRET/.test(name))).toEqual([]);
    expect(services['worker-cuda']!.environment).toEqual(worker);
  });
});

describe('kubernetes.yaml', () => {
  interface Manifest {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly replicas?: number;
      readonly selector: Readonly<Record<string, unknown>>;
      readonly template?: {
        readonly metadata: { readonly labels: object };
        readonly spec: Readonly<Record<string, unknown>>;
      };
    };
  }
  const manifests = parseAllDocuments(read('deploy/kubernetes.yaml')).map((one) => one.toJS() as Manifest);

  test('selectors find the pods that they are for, and one bot runs', () => {
    const labels = manifests.flatMap(({ spec }) => (spec.template ? [spec.template.metadata.labels] : []));
    for (const { kind, spec } of manifests) {
      const selector = kind === 'Service' ? spec.selector : spec.selector.matchLabels;
      expect(labels).toContainEqual(selector);
    }
    const bot = manifests.find(
      ({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'darkroom-bot',
    );
    expect(bot?.spec.replicas).toBe(1);
  });

  test('no pod runs as root, and there is time for the end', () => {
    for (const { spec, metadata } of manifests.filter((one) => one.spec.template)) {
      const pod = spec.template!.spec as { securityContext: object; terminationGracePeriodSeconds?: number };
      expect(pod.securityContext, metadata.name).toMatchObject({ runAsNonRoot: true });
      if (metadata.name !== 'darkroom-valkey') expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(30);
    }
  });
});

describe('systemd', () => {
  test('the unit starts what npm start starts', () => {
    expect(read('deploy/darkroom.service')).toContain(`ExecStart=/usr/bin/${program}\n`);
  });

  test.each(units)('%s has no line that is neither a section, a setting nor a comment', (file) => {
    for (const line of read(file).split('\n'))
      expect(line).toMatch(/^($|#|\[[A-Z][a-z]+\]$|[A-Z][A-Za-z]+=)/);
  });

  test('every program that is started is there', () => {
    for (const file of units) {
      const [, entry] = /^ExecStart=\/usr\/bin\/node run\.mjs (\S+)/m.exec(read(file))!;
      expect(existsSync(path.join(ROOT, entry!)), entry).toBe(true);
      expect(read('run.mjs')).toContain(`'${entry}'`);
    }
  });
});

describe('the Dockerfile', () => {
  const stages = readDockerfile(read('Dockerfile'));
  const cpu = stages.find(({ name }) => name === 'cpu')!;
  const restOf = (name: string) =>
    cpu.instructions.filter((one) => one.name === name).map(({ rest }) => rest);

  test('starts what npm start starts, as somebody who is not root, and asks whether it is healthy', () => {
    expect(commandOf(restOf('CMD').at(-1)!).join(' ')).toBe(program);
    expect(Number.parseInt(restOf('USER').at(-1)!, 10)).toBeGreaterThan(0);
    expect(restOf('HEALTHCHECK')[0]).toContain('/healthz');
  });

  test('copies what there is, with .dockerignore letting it through', () => {
    const ignored = read('.dockerignore').split('\n');
    const copied = stages.flatMap(({ instructions }) =>
      instructions.filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from=')),
    );
    const sources = copied.flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect(existsSync(path.join(ROOT, source)), source).toBe(true);
      expect(ignored, source).toContain(`!${source.replace('./', '')}`);
    }
  });

  test('keeps the rules of a linter that can be kept by eye: named stages, a version of the base, no sudo, no cd', () => {
    expect(read('Dockerfile')).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-\w+-slim/m);
    const commands = stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === 'RUN'));
    for (const { rest } of commands) expect(rest).not.toMatch(/\b(sudo|cd|apt-get|curl|wget)\b/);
  });
});

describe('metrics', () => {
  /** Series by the names under which they can be asked for. */
  async function series(): Promise<Set<string>> {
    const text = await openMetrics().text({
      jobsByState: () => ({}),
      devices: () => [],
      readyDevices: () => [],
    });
    const names = [...text.matchAll(/^# TYPE (\w+) (\w+)/gm)].flatMap(([, name, type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name!],
    );
    return new Set([...names, 'up']);
  }

  /** Names in an expression that are followed by what only a series can have, or stand alone. */
  function namesIn(expr: string): string[] {
    const bare = expr
      .replace(/"[^"]*"/g, '""')
      .replace(/\{[^}]*\}/g, '')
      .replace(/\b(by|without) \([^)]*\)/g, '');
    return [...bare.matchAll(/\b(?:darkroom|nodejs|process)_\w+|\bup\b/g)].map(([name]) => name);
  }

  test('the alert rules ask only for series that there are', async () => {
    const known = await series();
    const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as {
      groups: { rules: { alert: string; expr: string; annotations: object }[] }[];
    };
    const rules = groups.flatMap(({ rules: some }) => some);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, expr } of rules) {
      expect(namesIn(expr), alert).not.toEqual([]);
      expect(
        namesIn(expr).filter((name) => !known.has(name)),
        alert,
      ).toEqual([]);
    }
  });

  test('so does the dashboard, which shows every metric of ours', async () => {
    const known = await series();
    const { panels } = JSON.parse(read('deploy/grafana/darkroom.json')) as {
      panels: { id: number; title: string; targets: { expr: string }[] }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr)));
    expect(shown.filter((name) => !known.has(name))).toEqual([]);
    const plain = (name: string) => name.replace(/_(bucket|count|sum)$/, '');
    const own = [...known].filter((name) => name.startsWith('darkroom_')).map(plain);
    expect(own.filter((name) => !shown.map(plain).includes(name))).toEqual([]);
  });
});
