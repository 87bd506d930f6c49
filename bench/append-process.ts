import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { activityEvents } from '../src/domain/activity/activity.events.js';
import { type NewEvent, START } from '../src/domain/kernel/event.js';
import { eventTypeNamed } from '../src/domain/kernel/catalogue.js';
import { streams } from '../src/domain/kernel/ids.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';
import { answerParent } from './child.js';
import { countEvents } from './count-events.js';
import { quantile } from './figures.js';
import { cpuSeconds } from './servers/server-ready.js';

export interface AppendOrder {
  readonly callers: number;
  readonly seconds: number;
}
export interface AppendResult {
  readonly appended: number;
  /** Found in the file after it was closed and opened again. */
  readonly recorded: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly commits: number;
  readonly p50: number;
  readonly p99: number;
  /** JSON of data and metadata of one event. */
  readonly eventBytes: number;
}

const INSTANT = 1_800_000_000;
const TENANT = 'tnt_default';
const derived = 'A'.repeat(24);

/** What an issuance for a user writes, as large as they are in life: about 500 bytes of data. */
const tokenIssued = (agentId: string, commandId: string): NewEvent => {
  const { type, data } = activityEvents.TokenIssued({
    jti: `tok_${commandId}`, agentId, principal: { kind: 'agent', id: agentId }, resourceId: `res_${derived}`, grantId: `gnt_${derived}`, grantEpoch: 0,
    grantType: 'client_credentials', scopes: ['notes:read', 'notes:write'], denied: [{ scope: 'notes:admin', reason: 'grant.scope_missing' }],
    policyVersion: 1, ruleIds: ['allow'], inputDigest: 'd'.repeat(43), kid: 'k'.repeat(43), expiresAt: INSTANT,
  });
  return {
    id: randomUUID(), type, version: eventTypeNamed(type).version, data, tenant: TENANT, actor: { kind: 'agent', id: agentId },
    correlationId: `req_${commandId}`, causationId: `cmd_${commandId}`,
  };
};

/** As after a crash. */
const countAgain = async (file: string): Promise<number> => {
  const ledger = await SqliteLedger.open({ file, now: Date.now });
  try {
    return (await countEvents(ledger, { after: START, tenant: TENANT })).get('TokenIssued') ?? 0;
  } finally {
    await ledger.close();
  }
};

const measure = async ({ callers, seconds }: AppendOrder): Promise<AppendResult> => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-bench-'));
  try {
    const file = join(directory, 'ledger.db');
    const ledger = await SqliteLedger.open({ file, now: Date.now });
    // Followed, as a ledger in use always is.
    const subscription = ledger.subscribe(await ledger.head());
    let seen = 0;
    const following = (async () => {
      for await (const { kind } of subscription) if (kind === 'event') seen += 1;
    })();
    const milliseconds: number[] = [];
    const cpu = cpuSeconds();
    const began = performance.now();
    const end = began + seconds * 1000;
    await Promise.all(Array.from({ length: callers }, async (_, n) => {
      const agentId = `agt_${String(n).padStart(22, '0')}`;
      const stream = streams.activity(agentId);
      for (let sent = performance.now(), count = 0; sent < end; count += 1) {
        await ledger.append(stream, 'any', [tokenIssued(agentId, `${n}_${count}`.padStart(22, '0'))]);
        const now = performance.now();
        milliseconds.push(now - sent);
        sent = now;
      }
    }));
    const took = (performance.now() - began) / 1000;
    const used = cpuSeconds() - cpu;
    const { commits } = ledger.statistics;
    while (seen < milliseconds.length) await setImmediate();
    await ledger.close();
    await following;
    const { data, tenant, actor, correlationId, causationId, version } = tokenIssued(`agt_${'0'.repeat(22)}`, '0'.repeat(22));
    const eventBytes = JSON.stringify(data).length + JSON.stringify({ tenant, actor, correlationId, causationId, version }).length;
    milliseconds.sort((a, b) => a - b);
    return {
      appended: milliseconds.length, recorded: await countAgain(file), seconds: took, cpuSeconds: used, commits,
      p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99), eventBytes,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

answerParent('ready', (order) => measure(order as AppendOrder));
