import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KeptEvent, keptEvents } from '../../../src/platform/ledger/kept-log.js';
import { SqliteLedger } from '../../../src/platform/ledger/sqlite-ledger.js';
import { LedgerCheck } from '../../../src/platform/transfer/ledger-check.js';
import { fillLedger, linesOfFile } from '../../support/filled-ledger.js';
import { temporaryDirectory } from '../../support/ledgers.js';

describe('the check of a whole ledger', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'ledger.db');
  const events: KeptEvent[] = [];
  const check = (changed: (events: KeptEvent[]) => readonly KeptEvent[]) => {
    const ledgerCheck = new LedgerCheck();
    for (const event of changed([...events])) ledgerCheck.see(event);
    return ledgerCheck.result();
  };
  const at = (n: number): KeptEvent => events[n]!;

  beforeAll(async () => {
    await fillLedger(file, 60);
    const ledger = await SqliteLedger.open({ file, now: Date.now });
    for await (const event of keptEvents(ledger, '', 7)) events.push(event);
    await ledger.close();
  });
  afterAll(() => directory.remove());

  it('finds nothing in a ledger that was left alone, and names it by a digest that anybody can compute', async () => {
    const lines = await linesOfFile(file);
    const digest = createHash('sha256').update(lines.map((line) => `${line}\n`).join('')).digest('hex');
    expect(check((all) => all)).toMatchObject({ events: 60, streams: 15, digest, problems: [], problemsInAll: 0, lastRecordedAt: at(59).recordedAt });
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(events.map(({ id }) => id));
  });

  it.each<[string, (events: KeptEvent[]) => readonly KeptEvent[], RegExp]>([
    ['an event is missing', (all) => all.toSpliced(20, 1), /has revision \d+ where \d+ belongs/],
    ['two have changed places', (all) => all.with(30, at(31)).with(31, at(30)), /does not stand behind the one before it/],
    ['an id stands twice', (all) => all.with(40, { ...at(40), id: at(3).id }), /stands twice/],
    ['a stream has an event of another tenant', (all) => all.with(40, { ...at(40), metadata: at(40).metadata.replace(/"tenant":"[^"]+"/, '"tenant":"tnt_other"') }), /belongs to tnt_other, and the stream to /],
    ['a type is unknown', (all) => all.with(41, { ...at(41), type: 'WrittenByALaterVersion' }), /WrittenByALaterVersion .*can't be read/],
    ['its data is not what the catalogue says', (all) => all.with(42, { ...at(42), data: '{"agentId":7,"reason":"x"}' }), /can't be read: .*agentId must be/],
    ['its data is not JSON', (all) => all.with(43, { ...at(43), data: '{"agentId"' }), /can't be read/],
  ])('names the place where %s', (_, change, says) => {
    const { problems, problemsInAll, digest } = check(change);
    expect(problems.join('\n')).toMatch(says);
    expect(problemsInAll).toBeGreaterThan(0);
    expect(digest).not.toBe(check((all) => all).digest);
  });
});
