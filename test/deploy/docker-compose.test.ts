import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  network_mode?: string;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string | number>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const PINNED = /^[a-z0-9./-]+:\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$/;
const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'];

describe('docker-compose.yml', () => {
  test('runs PostgreSQL, Temporal, its Web UI, the stack and further workers', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'perpetua',
      'postgres',
      'temporal',
      'temporal-ui',
      'worker',
    ]);
  });

  test.each(services)('%s has an image of a pinned version, or builds one', (_name, service) => {
    expect(service.image).toMatch(PINNED);
    if (service.build === undefined) return;
    expect(existsSync(join(root, service.build.context, service.build.dockerfile))).toBe(true);
  });

  test.each(services)('%s publishes ports on loopback only', (_name, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    if (service.network_mode !== undefined) expect(service.ports).toBeUndefined();
  });

  test.each(services)('%s keeps state in declared volumes only', (_name, service) => {
    for (const volume of service.volumes ?? []) {
      const [source = '', target = ''] = volume.split(':');
      expect(Object.keys(compose.volumes)).toContain(source);
      expect(target).toMatch(/^\//);
    }
  });

  test.each(services)(
    '%s waits for services that exist and can be waited for',
    (_name, service) => {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(Object.keys(compose.services)).toContain(other);
        expect(CONDITIONS).toContain(condition);
        if (condition === 'service_healthy') {
          expect(compose.services[other]?.healthcheck?.test.length).toBeGreaterThan(1);
        }
      }
    },
  );

  test.each(services)('%s holds no secret but the default of one machine', (_name, service) => {
    const text = JSON.stringify(service);
    expect(text).not.toMatch(/0x[0-9a-fA-F]{64}/);
    expect(text).not.toMatch(/SIGNER_KEY/);
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (/PASS|PWD|SECRET|TOKEN/.test(key)) {
        expect(value).toMatch(/^\$\{POSTGRES_PASSWORD:-perpetua\}$/);
      }
    }
  });

  test.each(services)('%s runs a program of ours that exists', (_name, service) => {
    for (const file of service.command ?? []) expect(existsSync(join(root, file))).toBe(true);
  });

  test('a host port is published once', () => {
    const hostPorts = services.flatMap(([, service]) =>
      (service.ports ?? []).map((port) => port.split(':')[1]),
    );
    expect(new Set(hostPorts).size).toBe(hostPorts.length);
  });
});

describe('the image', () => {
  const dockerfile = read('deploy/docker/Dockerfile');
  const ignore = read('deploy/docker/Dockerfile.dockerignore').split('\n');

  test('is built on pinned bases and runs as an ordinary user', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(bases.length).toBeGreaterThan(0);
    for (const base of bases) expect(base).toMatch(PINNED);
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  test('copies only what exists and what the ignore file lets through', () => {
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    expect(copies).toContain('config');
    for (const path of copies) {
      expect(existsSync(join(root, path))).toBe(true);
      expect(ignore).toContain(`!${path}`);
    }
  });
});
