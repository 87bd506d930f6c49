import { writeSync } from 'node:fs';
import { copyLedger } from '../../../src/platform/transfer/copy-ledger.js';
import { ledgerNamed, openKeptLog } from '../../../src/platform/transfer/open-kept-log.js';
import { SqliteTarget } from '../../../src/platform/transfer/sqlite-target.js';

/* A process that dies while it copies, for copy-ledger.spec.ts: `node copy-child.js <from> <to>`. Says how far it is. */
const [from = '', to = ''] = process.argv.slice(2);
const say = (events: number): void => void writeSync(1, `${events}\n`);
const source = await openKeptLog(ledgerNamed(from));
const target = await SqliteTarget.open(to);
await copyLedger(source, target, { found: say, copied: say, compared: say });
await target.close();
await source.close();
