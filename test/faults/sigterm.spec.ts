import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { drain } from '../../src/drain.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { auditLedger } from '../support/audit-ledger.js';
import { KeptConnections } from './kept-connections.js';
import { Load, type Seen } from './load.js';
import { OperatedHub } from './operated-hub.js';

const CLIENTS = 32;

describe('a hub that ends under load', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-sigterm-'));
  const given: { readonly jti: string }[] = [];
  let hub: OperatedHub;
  let service: Awaited<ReturnType<OperatedHub['service']>>;
  beforeAll(async () => {
    hub = await OperatedHub.start(directory, { NODE_OPTIONS: `--import=${new URL('../support/faults-by-signal.js', import.meta.url).href}` });
    service = await hub.service();
  }, 60_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const underLoad = async (end: () => Promise<number | null>): Promise<{ readonly code: number | null; readonly seen: readonly Seen[] }> => {
    const connections = new KeptConnections(hub.http, CLIENTS);
    const load = new Load(connections, service, CLIENTS);
    await load.everybody();
    await load.next(2 * CLIENTS);
    const code = await end();
    const seen = await load.gone();
    connections.close();
    given.push(...seen.flatMap(({ jti }) => (jti === undefined ? [] : [{ jti }])));
    return { code, seen };
  };

  it('by a mistake that nobody caught (F-25): the log says which and nothing that it worked on, and the next start goes on', async () => {
    const { code, seen } = await underLoad(() => hub.end('SIGUSR2'));
    expect(code).toBe(1);
    expect(hub.printed()).toMatch(/"level":60,.*"message":"a mistake in the code"/);
    expect(hub.printed()).not.toContain('what it was working on');
    expect(seen.filter(({ outcome }) => outcome !== 200 && outcome !== 'cut' && outcome !== 'refused')).toEqual([]);
    const began = performance.now();
    await hub.again();
    process.stdout.write(`a mistake that nobody caught: it listened again after ${Math.round(performance.now() - began)} ms\n`);
  }, 60_000);

  it('by SIGTERM (F-08): answers what has arrived, tells everybody else to come again, ends with 0, and has what it gave', async () => {
    const { code, seen } = await underLoad(() => hub.stop());
    expect(code).toBe(0);
    expect(seen.filter(({ outcome }) => outcome !== 200 && outcome !== 503 && outcome !== 'refused')).toEqual([]);
    expect(seen.filter(({ outcome, retryAfter }) => outcome === 503 && retryAfter === null)).toEqual([]);
    const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: Date.now });
    const { violations } = await auditLedger(ledger, new CelConditions(), { tokens: given, codes: [], refreshTokens: [], changes: [] });
    await ledger.close();
    expect(violations).toEqual([]);
  }, 60_000);
});

describe('a server that ends while a request is still coming in (F-08)', () => {
  const begun = async (): Promise<{ readonly server: Server; readonly client: Socket }> => {
    const server = createServer((request, response) => request.resume().on('end', () => response.end('answered'))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 2\r\n\r\na');
    await once(server, 'request');
    return { server, client };
  };

  it('answers it, and is gone with its connection, though that was to be kept when it began', async () => {
    const { server, client } = await begun();
    await drain(server, { toArrive: 1, toFinish: 60_000 });
    const [answered, gone] = [once(client, 'data'), Promise.all([once(client, 'close'), once(server, 'close')])];
    client.write('b');
    expect(String((await answered)[0])).toContain('answered');
    await gone;
  });

  it('does not wait for the end of it for ever', async () => {
    const { server, client } = await begun();
    const gone = Promise.all([once(client.resume(), 'close'), once(server, 'close')]);
    await drain(server, { toArrive: 1, toFinish: 20 });
    await gone;
  });
});
