import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RealServer, startEventStore } from '../../scripts/real-servers.js';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { EventStoreLedger } from '../../src/platform/ledger/event-store-ledger.js';
import { auditLedger } from '../support/audit-ledger.js';
import { FlakyLink } from '../support/flaky-link.js';
import { Load, type Seen, askFor, counted } from './load.js';
import { OperatedHub } from './operated-hub.js';

const command = process.env['EVENTSTORE_COMMAND'] ?? '';
const [suite, why] = command === '' ? [describe.skip, ' (set EVENTSTORE_COMMAND to what starts one in the foreground, with {port} and {directory} in the places of what it is to use)'] as const : [describe, ''] as const;
const CLIENTS = 16;
const tell = (figure: string): void => void process.stdout.write(`${figure}\n`);

suite(`a hub whose EventStoreDB dies under it${why}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-event-store-'));
  let server: RealServer;
  let link: FlakyLink;
  let hub: OperatedHub;
  let service: Awaited<ReturnType<OperatedHub['service']>>;
  const given: { readonly jti: string }[] = [];
  beforeAll(async () => {
    server = await startEventStore(command);
    link = await FlakyLink.to('127.0.0.1', Number(new URL(server.url).port));
    const url = new URL(server.url);
    url.port = String(link.port);
    hub = await OperatedHub.start(directory, { EVENTSTORE_URL: url.href });
    service = await hub.service();
  }, 120_000);
  afterAll(async () => {
    await hub?.stop();
    await link?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const ok = ({ outcome }: Seen): boolean => outcome === 200;
  const toldToComeAgain = ({ outcome, retryAfter }: Seen): boolean => outcome === 503 && Number(retryAfter) > 0;
  const longest = (seen: readonly Seen[]): number => Math.round(Math.max(...seen.map(({ milliseconds }) => milliseconds)));

  /** Under load: takes the store away, looks at the hub meanwhile, gives it back; says how long it took until tokens were given again. */
  const outage = async (what: string, take: () => unknown, giveBack: () => unknown): Promise<void> => {
    const load = new Load(hub.http, service, CLIENTS);
    await load.next(4 * CLIENTS, ok);
    await take();
    await load.next(2 * CLIENTS, toldToComeAgain);
    for (const path of ['/jwks', '/.well-known/oauth-authorization-server', '/health/live']) expect([path, (await hub.http.fetch(path)).status]).toEqual([path, 200]);
    expect((await hub.http.fetch('/health/ready')).status).toBe(503);
    const late = await askFor(hub.http, service);
    expect([late.outcome, late.milliseconds < 2_000]).toEqual([503, true]);
    const change = await hub.admin('POST', '/api/agents', { name: 'Agent', owner: { kind: 'team', id: 'team_spec' }, grant_types: ['client_credentials'] });
    expect([change.status, change.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-5]$/)]);
    await giveBack();
    const back = performance.now();
    await load.next(CLIENTS, ok);
    const recovered = Math.round(performance.now() - back);
    const seen = await load.stop();
    tell(`${what}: ${JSON.stringify(counted(seen))}; the longest wait was ${longest(seen)} ms; ${CLIENTS} tokens were given ${recovered} ms after it was back`);
    expect(seen.filter((one) => !ok(one) && !toldToComeAgain(one))).toEqual([]);
    expect(longest(seen)).toBeLessThan(10_000);
    expect(recovered).toBeLessThan(60_000);
    given.push(...seen.flatMap(({ jti }) => (jti === undefined ? [] : [{ jti }])));
  };

  it('killed and restarted: everybody is told to come again, keys and discovery are answered, and it goes on by itself', () =>
    outage('killed', () => server.kill(), () => server.again()), 180_000);

  it('frozen: the same, though its connections stay open', () => outage('frozen', () => server.freeze(), () => server.thaw()), 180_000);

  it('cut off: the same', () => outage('cut off', () => link.takeDown(), () => link.repair()), 180_000);

  it.each([[50, 'slower'], [2_000, 'so slow that nothing may be decided']] as const)('%i ms away: %s, and never a failure', async (milliseconds, _) => {
    link.slowDown(milliseconds);
    const load = new Load(hub.http, service, CLIENTS);
    await load.next(4 * CLIENTS);
    link.slowDown(0);
    await load.next(CLIENTS, ok);
    const seen = await load.stop();
    tell(`${milliseconds} ms away: ${JSON.stringify(counted(seen))}; the longest wait was ${longest(seen)} ms`);
    expect(seen.filter((one) => !ok(one) && !toldToComeAgain(one))).toEqual([]);
    given.push(...seen.flatMap(({ jti }) => (jti === undefined ? [] : [{ jti }])));
  }, 180_000);

  it('has every token that it gave, once, and keeps every promise', async () => {
    expect(given.length).toBeGreaterThan(8 * CLIENTS);
    const ledger = await EventStoreLedger.connect({ url: server.url });
    const { violations } = await auditLedger(ledger, new CelConditions(), { tokens: given, codes: [], refreshTokens: [], changes: [] });
    await ledger.close();
    expect(violations).toEqual([]);
  }, 60_000);
});
