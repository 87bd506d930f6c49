import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeVariables, readConfig } from '../../src/platform/config.js';
import { composeText, nodes, services, startedWith } from './compose-file.js';

const commandOf = (name: string): string => [services[name]!.command ?? []].flat().join(' ');

describe('docker-compose.yml', () => {
  it('starts two API nodes and a worker behind one address', () => {
    expect(nodes.map(([name]) => [name, commandOf(name)])).toEqual([['api-1', '--role api'], ['api-2', '--role api'], ['worker', '--role worker']]);
    for (const name of ['api-1', 'api-2']) expect(commandOf('proxy')).toContain(`--to ${name}:8787`);
    expect(services['proxy']!.ports).toEqual(['127.0.0.1:8787:8787']);
  });

  it('gives nodes a file system that they can only read, and no power over the machine', () => {
    for (const [name, { read_only: readOnly, cap_drop: dropped, security_opt: options, privileged, volumes = [] }] of nodes) {
      expect([name, readOnly, dropped, options, privileged]).toEqual([name, true, ['ALL'], ['no-new-privileges:true'], undefined]);
      expect([name, volumes.filter((volume) => !volume.endsWith(':ro'))]).toEqual([name, []]);
    }
  });

  it('lets nobody in from outside the machine', () => {
    for (const { ports = [] } of Object.values(services)) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(nodes.flatMap(([, { ports = [] }]) => ports)).toEqual([]);
  });

  it('waits for stores that answer and for secrets that are made', () => {
    for (const [name, { depends_on: needs = {} }] of Object.entries(services))
      for (const [other, { condition }] of Object.entries(needs)) {
        expect([name, other, condition]).toEqual([name, other, other === 'secrets' ? 'service_completed_successfully' : 'service_healthy']);
        // The nodes' own check is in their image.
        if (condition === 'service_healthy' && services[other]!.build === undefined) expect([other, services[other]!.healthcheck]).toEqual([other, expect.anything()]);
      }
    for (const [, { depends_on: needs }] of nodes) expect(Object.keys(needs!).sort()).toEqual(['eventstore', 'postgres', 'redis', 'secrets']);
  });

  it('starts the stores alone, without building anything, as the README says', () => {
    expect([...startedWith('eventstore', 'postgres', 'redis')].sort()).toEqual(['eventstore', 'postgres', 'redis', 'secrets']);
    for (const name of startedWith('eventstore', 'postgres', 'redis')) expect(services[name]!.build).toBeUndefined();
  });

  it('needs no variable to be set', () => {
    for (const [whole] of composeText.matchAll(/(?<!\$)\$\{[^}]*\}/g)) expect(whole).toMatch(/^\$\{[A-Z_]+:-.+\}$/);
  });

  it('has no secret: nothing that is one, and no address with a password', () => {
    for (const [name, { environment = {} }] of Object.entries(services))
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|SECRET|TOKEN|KEY/.test(variable)) expect([name, variable, value]).toEqual([name, expect.stringMatching(/_FILE$/), expect.stringMatching(/^\/run\/secrets\//)]);
        if (URL.canParse(value)) expect([variable, new URL(value).password]).toEqual([variable, '']);
      }
    const withPassword = [...composeText.matchAll(/:\/\/[^\s/:@]+:([^\s/@]+)@/g)].map(([, password]) => password);
    // Put in by the shell that has just made it.
    expect(withPassword).toEqual(['$$password']);
  });

  it('sets only variables that the hub knows', () => {
    const known = describeVariables().flatMap(({ name, inFile }) => (inFile ? [name, `${name}_FILE`] : [name]));
    for (const [name, { environment = {} }] of nodes) for (const variable of Object.keys(environment)) expect([name, known]).toEqual([name, expect.arrayContaining([variable])]);
  });

  describe('its secrets', () => {
    let directory: string;
    const [script] = services['secrets']!.command as [string];
    const make = (): number | null => {
      // As the engine hands it to the shell. Only root could give files away.
      const text = `chown() { :; }\n${script.replaceAll('$$', '$').replace('/run/secrets', directory)}`;
      return spawnSync('sh', ['-euc', text], { stdio: 'inherit' }).status;
    };
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'mandate-secrets-'));
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    it('are random, for their owner alone, and stay what they are', () => {
      expect(make()).toBe(0);
      const names = readdirSync(directory);
      expect(names.sort()).toEqual(['admin-password', 'database-url', 'master-key', 'postgres-password']);
      const before = names.map(read);
      expect(new Set(before).size).toBe(4);
      for (const name of names) expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600]);
      expect(make()).toBe(0);
      expect(names.map(read)).toEqual(before);
      expect(read('database-url')).toBe(`postgresql://mandate:${read('postgres-password')}@postgres:5432/mandate`);
    });

    it('are what the nodes are configured with, and the configuration is valid', () => {
      for (const [, { environment = {}, command }] of nodes) {
        const given = Object.fromEntries(Object.entries(environment).map(([name, value]) =>
          [name, value.startsWith('/run/secrets/') ? join(directory, basename(value)) : value.replace(/^\$\{[A-Z_]+:-(.+)\}$/, '$1')]));
        const config = readConfig({ ...given, HOST: '0.0.0.0', MANDATE_DATA: '/data' }, { MANDATE_ROLE: (command as readonly string[])[1] });
        expect(config).toMatchObject({ masterKey: read('master-key'), databaseUrl: read('database-url'), publicUrl: 'http://localhost:8787', admin: { password: read('admin-password') } });
        expect([config.sample, config.redisUrl, config.eventStoreUrl]).toEqual([undefined, 'redis://redis:6379', 'esdb://eventstore:2113?tls=false']);
      }
    });

    it('are made again when the first attempt was cut short', () => {
      writeFileSync(join(directory, 'master-key'), '');
      rmSync(join(directory, 'database-url'));
      expect(make()).toBe(0);
      expect(read('master-key')).toMatch(/^[\w-]{43}$/);
      expect(read('database-url')).toContain(read('postgres-password'));
    });
  });
});
