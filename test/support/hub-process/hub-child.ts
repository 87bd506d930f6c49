import { once } from 'node:events';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { OperatorAgent } from '../../../src/commands/agents/operator-agent.js';
import { RecordRestore } from '../../../src/commands/deployment/record-restore.js';
import { FirstStart } from '../../../src/commands/first-start.js';
import { DEFAULT_TENANT } from '../../../src/commands/tenants/tenant-directory.js';
import { SYSTEM } from '../../../src/domain/kernel/event.js';
import { createHub } from '../../../src/hub.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';
import { UndiciGuardedFetch } from '../../../src/platform/guarded-fetch/undici-guarded-fetch.js';
import { EventStoreLedger } from '../../../src/platform/ledger/event-store-ledger.js';
import { SqliteLedger } from '../../../src/platform/ledger/sqlite-ledger.js';
import { readOperatorFile, writeOperatorFile } from '../../../src/platform/operator-credentials.js';
import { openVault } from '../../../src/platform/vault/open-vault.js';
import { auditLedger } from '../audit-ledger.js';
import { ADMIN, NOTES, NO_READ_MODELS } from '../hub.js';
import { readEverything } from '../ledgers.js';
import { MovableClock } from '../movable-clock.js';
import { TestClock } from '../test-clock.js';
import { HoldingLedger } from './holding-ledger.js';
import { runJob } from './jobs.js';
import type { Fault, FromChild, Question, StartOrder } from './messages.js';

/*
 * A hub in a process of its own, to be killed. Every part is the one that ships; only the ledger stands behind one that can
 * stop a request, and the read models are closed (nothing that issues or refuses waits for them, and they start slowly).
 * It waits for the order to start when its code is loaded, so that the next one can be got ready meanwhile.
 */
/** Of which backup a restored hub says that it came. */
const BACKUP = { backupId: 'bak_1', takenAt: 1_795_000_000, through: '0000000000000009', events: 9, ledgerDigest: 'd', sessions: 'ended' } as const;
const say = (message: FromChild): void => void process.send!(message, undefined, undefined, () => undefined);

const start = async ({ directory, port, now, hold, restoreId, eventStoreUrl, databaseUrl, issuer = `http://localhost:${port}` }: StartOrder) => {
  const began = performance.now();
  const clock = now === undefined ? new MovableClock() : new TestClock(now);
  const vault = await openVault({ directory, databaseUrl, clock });
  const file = join(directory, 'ledger.db');
  const store = eventStoreUrl === undefined ? await SqliteLedger.open({ file, now: () => clock.now() }) : await EventStoreLedger.connect({ url: eventStoreUrl });
  const ledger = new HoldingLedger(store, () => say({ kind: 'held' }));
  ledger.hold(hold);
  const failures: string[] = [];
  const fetch = new UndiciGuardedFetch({ clock, allowLoopback: true });
  const settings = { publicUrl: issuer, allowLoopback: true, trustedProxies: [] };
  const app = await createHub({ ledger, vault, clock, fetch, settings, readDatabase: NO_READ_MODELS }, (error) => failures.push(String((error as Error).stack)));
  const bus = app.get(CommandBus, { strict: false });
  const context = { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'start' };
  if (restoreId !== undefined) await bus.execute(new RecordRestore({ restoreId, ...BACKUP, firstEventId: (await store.readAll('', 1)).events[0]?.id }, context));
  // Of nodes that start at once, the second finds done what the first has done.
  const operator = await vault.alone(async () => {
    await bus.execute(new FirstStart(ADMIN, databaseUrl === undefined ? NOTES : undefined));
    const ensured = await app.get(OperatorAgent, { strict: false }).ensure(readOperatorFile(directory), issuer, context);
    writeOperatorFile(directory, ensured);
    return ensured;
  });
  await app.listen(port, '127.0.0.1');
  say({ kind: 'ready', operator, milliseconds: performance.now() - began });

  let jobs = 0;
  return async (question: Question): Promise<unknown> => {
    switch (question.kind) {
      case 'hold':
        return ledger.hold(question.hold);
      case 'appends':
        return ledger.appends;
      case 'audit':
        return auditLedger(store, new CelConditions(), question.acknowledged);
      case 'advance':
        return clock.advance(question.seconds);
      case 'job':
        return runJob(app, clock, question.job, { ...context, correlationId: `job_${(jobs += 1)}` });
      case 'newest':
        return (await readEverything(store, '')).findLast(({ type }) => type === question.type);
      case 'types':
        return (await store.readStream(question.stream)).map(({ type }) => type);
      case 'fault':
        return faults[question.fault]();
      case 'failures':
        return failures;
    }
  };
};

const faults: Readonly<Record<Fault, () => void>> = {
  mistake: () => void Promise.reject(new Error('a mistake in the code')),
  memory: () => {
    for (const kept: unknown[] = []; ;) kept.push(Array.from({ length: 100_000 }, () => ({})));
  },
  block: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000),
};

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal: whoever started this one asks it for more, and ends it then.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
say({ kind: 'loaded', milliseconds: performance.now() });
try {
  const [order] = (await once(process, 'message')) as [StartOrder];
  const answer = await start(order);
  process.on('message', ({ n, question }: { n: number; question: Question }) =>
    void answer(question).then((value) => say({ kind: 'answer', n, value }), (error: unknown) => say({ kind: 'failed', message: String(error) })));
} catch (error) {
  say({ kind: 'failed', message: String((error as Error).stack) });
}
