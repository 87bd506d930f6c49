import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { StoreBackups } from '../src/platform/backup/store-backups.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';
import { SystemClock } from '../src/platform/system-clock.js';
import { openVault } from '../src/platform/vault/open-vault.js';
import { Child } from './child.js';
import { quantile, rounded, table } from './figures.js';
import { machineDescription, stolenShare, stolenTicks } from './machine.js';
import type { Seeded } from './seed/seed-process.js';
import { stepsOfAppends } from './steady-appends.js';

const USAGE = `node dist/bench/backup.js [1000000]   (events; after npm run build)
What a backup costs those who write meanwhile, and how long backup, restore, verification and copies take. With EVENTSTORE_URL of an empty event store also the copy into it.`;

const { positionals: [wanted = '1000000'], values: { help } } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', default: false } } });
const SECONDS = 10;
const MANDATE = fileURLToPath(new URL('../../bin/mandate.js', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'mandate-bench-backup-'));
const [old, restored, file] = [join(place, 'old'), join(place, 'restored'), join(place, 'backup')];

/** Appends go on beside a backup that is read out and thrown away, as beside nothing. Gives how many events there are then. */
const besideBackup = async (): Promise<number> => {
  const clock = new SystemClock();
  const ledger = await SqliteLedger.open({ file: join(old, 'ledger.db'), now: () => clock.now() });
  const vault = await openVault({ directory: old, clock });
  const appends = stepsOfAppends(ledger, 16);
  const rows = [['appends of 16 callers', 'per second', 'p50 ms', 'p99 ms', 'longest ms']];
  const tell = (name: string, { perSecond, sorted }: Awaited<ReturnType<typeof appends.during>>): void => {
    rows.push([name, perSecond.toFixed(0), ...[0.5, 0.99, 1].map((q) => rounded(quantile(sorted, q), 1).toString())]);
  };
  let [took, readOut] = [0, 0];
  tell('alone', await appends.during(new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))));
  tell('beside a backup', await appends.during((async () => {
    const began = performance.now();
    const backup = await new StoreBackups({ log: ledger, rows: vault.rows, clock }).begin('bak_bench');
    for await (const lines of backup.lines()) lines.join('\n');
    [took, readOut] = [(performance.now() - began) / 1000, backup.content().events];
  })()));
  const events = Number(await ledger.head());
  await vault.close();
  await ledger.close();
  console.log(`${table(rows)}\n\n  reading ${readOut} events out beside them: ${perSecond(readOut, took)}\n  then, with ${events} events:`);
  return events;
};

const perSecond = (events: number, seconds: number): string => `${rounded(seconds, 1)} s, ${Math.round(events / seconds).toLocaleString('en-US')} events/s`;

const run = (events: number) => (title: string, directory: string, ...args: readonly string[]): void => {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [MANDATE, ...args], { env: { ...process.env, EVENTSTORE_URL: '', DATABASE_URL: '', MANDATE_DATA: directory }, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${title}: ${stderr}`);
  console.log(`  ${title}: ${perSecond(events, (performance.now() - began) / 1000)}`);
};

const measureAll = async (): Promise<void> => {
  const before = stolenTicks();
  const { child } = await Child.start('./seed/seed-process.js', undefined, ['--directory', old, '--url', 'http://localhost:1']);
  const { events } = await child.ask<Seeded>(Number(wanted));
  await child.kill();
  console.log(`${machineDescription()}\n${events} events, ${Math.round(statSync(join(old, 'ledger.db')).size / 2 ** 20)} MiB\n`);
  const mandate = run(await besideBackup());
  mandate('mandate ledger verify', old, 'ledger', 'verify');
  mandate('mandate backup, read back', old, 'backup', file, '--with-master-key');
  mandate(`mandate restore from ${Math.round(statSync(file).size / 2 ** 20)} MiB, verified`, restored, 'restore', file);
  mandate('mandate ledger copy into a file, compared', old, 'ledger', 'copy', old, join(place, 'copy.db'));
  const eventStore = process.env['EVENTSTORE_URL'];
  if (eventStore) mandate('mandate ledger copy into the event store, compared', old, 'ledger', 'copy', old, eventStore);
  const stolen = stolenShare(before, stolenTicks());
  if (stolen !== undefined) console.log(`\n  processor time that other machines took: ${rounded(stolen * 100, 1)} %`);
};

try {
  if (help) console.log(USAGE);
  else await measureAll();
} finally {
  rmSync(place, { recursive: true, force: true });
}
