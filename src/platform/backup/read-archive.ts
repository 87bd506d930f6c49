import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import type { BackupContent } from '../../domain/ports/backups.js';
import { type KeptEvent, LinesDigest, lineOf } from '../ledger/kept-log.js';
import { masterKeyOf, IS_KEY } from '../vault/master-key.js';
import type { SealedRow } from '../vault/sealed-rows.js';
import { ARCHIVE_FORMAT, type ArchiveHead, eventLine, secretLine, secretOf } from './archive-format.js';
import { linesIn } from './lines-in.js';

/** The file is no backup, or not the whole of one, or not as it was written. Nothing may be restored from it. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}

export type ArchiveItem =
  | { readonly kind: 'head'; readonly head: ArchiveHead }
  | { readonly kind: 'masterKey'; readonly masterKey: string }
  | { readonly kind: 'secret'; readonly row: SealedRow }
  | { readonly kind: 'event'; readonly event: KeptEvent };

export interface ArchiveReport {
  readonly head: ArchiveHead;
  readonly content: BackupContent;
  readonly hasMasterKey: boolean;
}

const bytes = z.string().transform((text) => new Uint8Array(Buffer.from(text, 'base64url')));
const headShape = z.strictObject({
  mandate: z.literal('backup'), format: z.literal(ARCHIVE_FORMAT), backupId: z.string(), hub: z.string(), takenAt: z.iso.datetime(), through: z.string(), vaultKey: z.string(),
});
const secretShape = z.strictObject({
  tenant: z.string(), kind: z.string(), name: z.string(), keyId: z.string(), expiresAt: z.int().nullable(), nonce: bytes, sealed: bytes,
});
const eventShape = z.strictObject({
  stream: z.string(), revision: z.int(), id: z.string(), type: z.string(), recordedAt: z.iso.datetime(), metadata: z.unknown(), data: z.unknown(),
});
const contentShape = z.strictObject({ events: z.int(), ledgerDigest: z.string(), secrets: z.int(), vaultDigest: z.string() });

/** Says what each line is, and after the last one whether all of it was there. Whoever acts on lines waits for that. */
export class ArchiveReader {
  private readonly ledger = new LinesDigest();
  private readonly vault = new LinesDigest();
  private head: ArchiveHead | undefined;
  private end: BackupContent | undefined;
  private hasMasterKey = false;

  /** Throws BackupDamaged. */
  read(line: string): ArchiveItem | undefined {
    const thing = parse(line);
    if (!this.head) return { kind: 'head', head: (this.head = headOf(thing)) };
    if (this.end) throw new BackupDamaged('it goes on behind its end');
    if ('event' in thing) return { kind: 'event', event: this.event(line, thing['event']) };
    if ('secret' in thing) return { kind: 'secret', row: this.secret(line, thing['secret']) };
    if ('masterKey' in thing) return { kind: 'masterKey', masterKey: this.masterKey(thing['masterKey'], this.head) };
    this.end = checked(contentShape, thing['end']);
    return undefined;
  }

  /** Throws BackupDamaged unless everything that was written has been read. */
  result(): ArchiveReport {
    const { head, end, ledger, vault, hasMasterKey } = this;
    if (!head || !end) throw new BackupDamaged('its end is missing');
    const content = { events: ledger.lines, ledgerDigest: ledger.value(), secrets: vault.lines, vaultDigest: vault.value() };
    if (JSON.stringify(content) !== JSON.stringify(end)) throw new BackupDamaged('it does not hold what it says it holds');
    return { head, content, hasMasterKey };
  }

  private event(line: string, given: unknown): KeptEvent {
    const { metadata, data, ...rest } = checked(eventShape, given);
    const event = { ...rest, metadata: JSON.stringify(metadata), data: JSON.stringify(data), position: '' };
    const said = lineOf(event);
    if (eventLine(said) !== line) throw new BackupDamaged(`the event ${rest.id} is not written as it should be`);
    this.ledger.add(said);
    return event;
  }

  private secret(line: string, given: unknown): SealedRow {
    const row = checked(secretShape, given);
    const said = secretOf(row);
    if (secretLine(said) !== line) throw new BackupDamaged(`a secret of ${row.tenant} is not written as it should be`);
    this.vault.add(said);
    return row;
  }

  private masterKey(given: unknown, { vaultKey }: ArchiveHead): string {
    if (typeof given !== 'string' || !IS_KEY.test(given) || masterKeyOf(given).id !== vaultKey) throw new BackupDamaged('the master key in it is not that of its vault');
    this.hasMasterKey = true;
    return given;
  }
}

const parse = (line: string): Readonly<Record<string, unknown>> => {
  try {
    const thing: unknown = JSON.parse(line);
    if (typeof thing === 'object' && thing !== null) return thing as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new BackupDamaged('there is a line in it that is not JSON');
};

const checked = <S extends z.ZodType>(shape: S, thing: unknown): z.output<S> => {
  const read = shape.safeParse(thing);
  if (read.success) return read.data;
  throw new BackupDamaged(`there is a line in it that says nothing: ${read.error.issues[0]!.path.join('.')} ${read.error.issues[0]!.message}`);
};

const headOf = (thing: Readonly<Record<string, unknown>>): ArchiveHead => {
  if (thing['mandate'] !== 'backup') throw new BackupDamaged('it is no backup of Mandate');
  if (thing['format'] !== ARCHIVE_FORMAT) throw new BackupDamaged(`it has format ${String(thing['format'])}; this version reads format ${ARCHIVE_FORMAT}`);
  return checked(headShape, thing);
};

/** What the file holds, in order. Throws BackupDamaged with the file's name, at the latest in the end. */
export async function* readArchive(file: string, reader: ArchiveReader): AsyncGenerator<readonly ArchiveItem[]> {
  try {
    for await (const lines of linesIn(decompressed(file))) yield lines.flatMap((line) => reader.read(line) ?? []);
    reader.result();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof BackupDamaged || code?.startsWith('Z_')) throw new BackupDamaged(`The backup ${file} can't be used: ${message}.`, { cause: error });
    throw error;
  }
}

const decompressed = (file: string): AsyncIterable<Uint8Array> => {
  const gunzip = createGunzip();
  createReadStream(file).on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  return gunzip;
};

/** Reads all of it and nothing else. */
export const readWhole = async (file: string, seen: (events: number) => void): Promise<ArchiveReport> => {
  const reader = new ArchiveReader();
  let events = 0;
  for await (const items of readArchive(file, reader)) {
    events += items.filter(({ kind }) => kind === 'event').length;
    seen(events);
  }
  return reader.result();
};
