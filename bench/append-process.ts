import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { START } from '../src/domain/kernel/event.js';
import { streams } from '../src/domain/kernel/ids.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';
import { answerParent } from './child.js';
import { countEvents } from './count-events.js';
import { quantile } from './figures.js';
import { cpuSeconds } from './servers/server-ready.js';
import { TENANT, tokenIssued } from './token-issued.js';

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
