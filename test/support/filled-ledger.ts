import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { type KeptLog, keptEvents, lineOf } from '../../src/platform/ledger/kept-log.js';
import { envelope, revoked, unique } from './ledgers.js';

/** A ledger file with `count` events in streams that go through each other, recorded at different times. */
export const fillLedger = async (file: string, count: number, mark = unique()): Promise<void> => {
  let now = Date.UTC(2026, 0, 1);
  const ledger = await SqliteLedger.open({ file, now: () => (now += 17) });
  for (let from = 0; from < count; from += 500) {
    const some = Array.from({ length: Math.min(500, count - from) }, (_, n) => from + n);
    await Promise.all(some.map((n) => {
      const [jti, agentId] = [`${mark}-${n}`, `${mark}-${n % 3}`];
      const suspended = envelope(agentEvents.AgentSuspended({ agentId, reason: `“${n}” 𝛿 ${'.'.repeat(n % 90)}` }));
      return n % 5 === 4 ? ledger.append(`token-${jti}`, 'none', [revoked(jti)]) : ledger.append(`activity-${agentId}`, 'any', [suspended]);
    }));
  }
  await ledger.close();
};

/** All that a ledger says, from wherever it is read. */
export const linesOf = async (log: KeptLog, after = ''): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const event of keptEvents(log, after)) lines.push(lineOf(event));
  return lines;
};

/** The same of a file that nobody has open. */
export const linesOfFile = async (file: string): Promise<readonly string[]> => {
  const ledger = await SqliteLedger.open({ file, now: Date.now });
  try {
    return await linesOf(ledger);
  } finally {
    await ledger.close();
  }
};
