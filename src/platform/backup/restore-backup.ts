import { randomUUID } from 'node:crypto';
import { ledgerFileIn } from '../ledger/ledger-file.js';
import type { KeptEvent } from '../ledger/kept-log.js';
import { checkLedger } from '../transfer/ledger-check.js';
import { SqliteTarget } from '../transfer/sqlite-target.js';
import { openVaultFile } from '../vault/open-vault.js';
import type { SealedRow } from '../vault/sealed-rows.js';
import type { VaultFile } from '../vault/vault-file.js';
import type { ArchiveHead } from './archive-format.js';
import { clear, makeRoom } from './data-directory.js';
import { type ArchiveItem, ArchiveReader, type ArchiveReport, BackupDamaged, readArchive } from './read-archive.js';
import { type KeyFound, bringKey, keyFor } from './restored-key.js';
import { type RestoreMark, removeMark, writeMark } from './restore-mark.js';

export interface RestoreWish {
  readonly file: string;
  /** Empty, but for the master key perhaps. */
  readonly directory: string;
  /** From the configuration. */
  readonly masterKey: string | undefined;
  /** Somebody vouches that nothing happened after the backup: what was handed out before goes on counting. */
  readonly keepSessions: boolean;
}

export interface RestoreReport extends ArchiveReport {
  readonly streams: number;
  readonly lastRecordedAt: string | undefined;
  /** Secrets that would let somebody go on as if nothing had happened; left in the backup. */
  readonly leftOut: number;
  readonly key: KeyFound;
}

export interface RestoreProgress {
  restored(events: number): void;
  verified(events: number): void;
}

/** Who is signed in, what signs tokens, who operates: after a restore all of these begin anew. */
const OF_BEFORE: ReadonlySet<string> = new Set(['session', 'signing-key', 'operator']);
const EVENTS_AT_ONCE = 2_000;

/**
 * Fills an empty data directory from a backup and verifies it: digests, every stream, every event, the file. Until all of
 * that is done a mark stands in the directory, with which no hub starts; a restore that fails leaves it as it was. Rejects
 * with BackupDamaged, NotEmpty or WrongKey.
 */
export const restoreBackup = async (wish: RestoreWish, told: RestoreProgress): Promise<RestoreReport> => {
  makeRoom(wish.directory);
  try {
    return await new Restoration(wish, told).run();
  } catch (error) {
    clear(wish.directory);
    removeMark(wish.directory);
    throw error;
  }
};

class Restoration {
  private ledger: SqliteTarget | undefined;
  private vault: VaultFile | undefined;
  private mark: RestoreMark | undefined;
  private key: KeyFound = { kind: 'missing' };
  private waiting: KeptEvent[] = [];
  private events = 0;
  private kept = 0;
  private leftOut = 0;

  constructor(private readonly wish: RestoreWish, private readonly told: RestoreProgress) {}

  async run(): Promise<RestoreReport> {
    const reader = new ArchiveReader();
    try {
      for await (const items of readArchive(this.wish.file, reader)) await this.take(items);
      await this.write();
      return await this.verified(reader.result());
    } finally {
      await this.ledger?.close();
      await this.vault?.close();
    }
  }

  private async take(items: readonly ArchiveItem[]): Promise<void> {
    for (const item of items) {
      if (item.kind === 'head') await this.begin(item.head);
      else if (item.kind === 'masterKey') this.bring(item.masterKey);
      else if (item.kind === 'event') this.waiting.push(item.event);
    }
    await this.keep(items.flatMap((item) => (item.kind === 'secret' ? [item.row] : [])));
    if (this.waiting.length >= EVENTS_AT_ONCE) await this.write();
  }

  private async begin(head: ArchiveHead): Promise<void> {
    const { file, directory, keepSessions } = this.wish;
    this.key = keyFor(head.vaultKey, this.wish);
    this.mark = {
      state: 'begun', restoreId: `rst_${randomUUID()}`, file, backupId: head.backupId, takenAt: Math.floor(Date.parse(head.takenAt) / 1000),
      through: head.through, sessions: keepSessions ? 'kept' : 'ended', broughtKey: false, events: 0, ledgerDigest: '',
    };
    writeMark(directory, this.mark);
    this.ledger = await SqliteTarget.open(ledgerFileIn(directory));
    this.vault = await openVaultFile(directory);
    await this.vault.adoptKey(head.vaultKey);
  }

  private bring(masterKey: string): void {
    if (this.key.kind !== 'missing') return;
    this.mark = { ...this.mark!, broughtKey: true };
    writeMark(this.wish.directory, this.mark);
    this.key = bringKey(this.wish.directory, masterKey);
  }

  private async keep(rows: readonly SealedRow[]): Promise<void> {
    const wanted = this.wish.keepSessions ? rows : rows.filter(({ kind }) => !OF_BEFORE.has(kind));
    // All at once: they share their commits.
    await Promise.all(wanted.map((row) => this.vault!.put(row)));
    this.kept += wanted.length;
    this.leftOut += rows.length - wanted.length;
  }

  private async write(): Promise<void> {
    if (this.waiting.length === 0) return;
    await this.ledger!.write(this.waiting);
    this.events += this.waiting.length;
    this.mark = { ...this.mark!, firstEventId: this.mark!.firstEventId ?? this.waiting[0]!.id };
    this.waiting = [];
    this.told.restored(this.events);
  }

  /** What was written is read once more: from here on the files count, not what went into them. */
  private async verified(report: ArchiveReport): Promise<RestoreReport> {
    const broken = await this.ledger!.fileProblems();
    const found = await checkLedger(this.ledger!, this.told.verified);
    const problems = [...broken, ...found.problems];
    if (problems.length > 0) throw new BackupDamaged(`The ledger in ${this.wish.file} is not whole: ${problems.slice(0, 5).join('; ')}.`);
    if (found.digest !== report.content.ledgerDigest) throw new BackupDamaged(`The restored ledger is not the one in ${this.wish.file}.`);
    if ((await this.countSecrets()) !== this.kept) throw new BackupDamaged(`The restored vault is not the one in ${this.wish.file}.`);
    const { events, digest, streams, lastRecordedAt } = found;
    writeMark(this.wish.directory, { ...this.mark!, state: 'done', events, ledgerDigest: digest });
    return { ...report, streams, lastRecordedAt, leftOut: this.leftOut, key: this.key };
  }

  private async countSecrets(): Promise<number> {
    let count = 0;
    for (let page = await this.vault!.page(undefined, 500); page.length > 0; page = await this.vault!.page(page.at(-1), 500)) count += page.length;
    return count;
  }
}
