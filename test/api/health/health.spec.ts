import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LedgerUnavailable } from '../../../src/domain/ports/ledger.js';
import { MemoryLedger } from '../../support/memory-ledger.js';
import { NOTES, SERVICE_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { TestClock } from '../../support/test-clock.js';

const clock = new TestClock();
/** A ledger that can be told to stop taking appends. */
class MoodyLedger extends MemoryLedger {
  down = false;

  override append(...given: Parameters<MemoryLedger['append']>): ReturnType<MemoryLedger['append']> {
    return this.down ? Promise.reject(new LedgerUnavailable('the disk is full')) : super.append(...given);
  }
}

describe('health and metrics', () => {
  let hub: TestHub;
  const ledger = new MoodyLedger(() => clock.now());
  let client: { clientId: string; clientSecret: string };
  beforeAll(async () => {
    hub = await startHub({ ledger, clock });
    client = await hub.service(await hub.resource(), ['notes:read']);
  });
  afterAll(() => hub.close());

  const metrics = async (): Promise<string> => (await hub.fetch('/metrics')).text();
  const value = async (series: string): Promise<number | undefined> => {
    const line = (await metrics()).split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  const token = (fields: Record<string, string> = {}) => hub.clientCredentials(client, { resource: NOTES.uri, ...fields });

  it('a node is alive and ready, in so many words', async () => {
    expect(await (await hub.fetch('/health/live')).json()).toEqual({ status: 'live' });
    const ready = await hub.fetch('/health/ready');
    expect([ready.status, ready.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await ready.json()).toMatchObject({ status: 'ready' });
    expect(await value('mandate_ready')).toBe(1);
  });

  it('answers of the token endpoint are counted by grant type and outcome', async () => {
    await token();
    await token();
    await token({ scope: 'notes:burn' });
    await hub.post('/token', { grant_type: 'made_up_by_a_stranger_4711', client_id: 'nobody' });
    expect(await value('mandate_token_answers_total{grant_type="client_credentials",outcome="issued"}')).toBe(2);
    expect(await value('mandate_token_answers_total{grant_type="client_credentials",outcome="refused"}')).toBe(1);
    expect(await value('mandate_token_answers_total{grant_type="other",outcome="refused"}')).toBe(1);
  });

  it('refusals are counted by the reason that the ledger has', async () => {
    expect(await value('mandate_refusals_total{reason="scope.none_allowed"}')).toBe(1);
  });

  it('a ledger that takes nothing shows in the appends and in the answers', async () => {
    ledger.down = true;
    expect((await token()).status).toBe(503);
    ledger.down = false;
    expect(await value('mandate_ledger_append_seconds_count{outcome="failed"}')).toBe(1);
    expect(await value('mandate_token_answers_total{grant_type="client_credentials",outcome="unavailable"}')).toBe(1);
    expect(await value('mandate_ledger_append_seconds_count{outcome="durable"}')).toBeGreaterThan(10);
  });

  it('what is kept in memory and who is reading is told', async () => {
    expect(await value('mandate_live_state_entries')).toBeGreaterThan(3);
    expect(await value('mandate_event_readers')).toBe(0);
    expect(await value('mandate_projection_lag_seconds')).toBeGreaterThanOrEqual(0);
  });

  it('no label names anybody', async () => {
    const { agentId } = await hub.agent(SERVICE_CLIENT, 'Somebody');
    await hub.clientCredentials({ clientId: agentId, clientSecret: 'wrong' }, { grant_type: agentId });
    const text = await metrics();
    expect((await hub.fetch('/metrics')).headers.get('content-type')).toMatch(/^text\/plain/);
    for (const word of [agentId, client.clientId, 'tnt_', 'made_up', 'Somebody', NOTES.uri]) expect(text).not.toContain(word);
    const names = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, name]) => name));
    expect([...names].sort()).toEqual(['grant_type', 'le', 'outcome', 'reason']);
  });

  it('a node that can\'t follow the ledger is alive and not ready, says why, and still publishes its keys', async () => {
    await ledger.close();
    await new Promise((resolve) => setImmediate(resolve));
    const ready = await hub.fetch('/health/ready');
    expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await ready.json()).toMatchObject({ status: 'not_ready', why: 'the subscription to the ledger has ended' });
    expect((await hub.fetch('/health/live')).status).toBe(200);
    expect((await hub.fetch('/jwks')).status).toBe(200);
    expect(await value('mandate_ready')).toBe(0);
    expect(hub.inside.failures).toEqual([]);
  });
});
