import { existsSync, statSync } from 'node:fs';
import { EventStoreLedger } from '../ledger/event-store-ledger.js';
import type { KeptLog } from '../ledger/kept-log.js';
import { ledgerFileIn } from '../ledger/ledger-file.js';
import { SqliteLedger } from '../ledger/sqlite-ledger.js';
import { SystemClock } from '../system-clock.js';

/** There is no ledger where one was named. */
export class NoLedger extends Error {
  override readonly name = 'NoLedger';
}

/** An address of the event store, or a file, or the data directory that it stands in. */
export type LedgerName = { readonly kind: 'event-store'; readonly url: string } | { readonly kind: 'sqlite'; readonly file: string };

export const ledgerNamed = (text: string): LedgerName => {
  if (/^(esdb|kurrentdb)(\+discover)?:\/\//.test(text)) return { kind: 'event-store', url: text };
  const isDirectory = existsSync(text) ? statSync(text).isDirectory() : !text.endsWith('.db');
  return { kind: 'sqlite', file: isDirectory ? ledgerFileIn(text) : text };
};

/** As people are told of it: credentials in the URL stay out. */
export const titleOf = (name: LedgerName): string => (name.kind === 'sqlite' ? name.file : name.url.replace(/\/\/[^@/]*@/, '//').replace(/\?.*/s, ''));

/** Rejects with NoLedger, LedgerLocked, LedgerDamaged or LedgerUnavailable; never makes a ledger where there is none. */
export const openKeptLog = async (name: LedgerName): Promise<KeptLog> => {
  if (name.kind === 'event-store') return EventStoreLedger.connect({ url: name.url });
  if (!existsSync(name.file)) throw new NoLedger(`There is no ledger ${name.file}.`);
  const clock = new SystemClock();
  return SqliteLedger.open({ file: name.file, now: () => clock.now() });
};

/** What the store itself finds wrong with what it holds, where it can be asked. */
export const storeProblems = async (log: KeptLog): Promise<readonly string[]> => (log instanceof SqliteLedger ? log.fileProblems() : []);
