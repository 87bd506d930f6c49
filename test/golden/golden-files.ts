import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../src/domain/kernel/catalogue.js';
import type { EventType } from '../../src/domain/kernel/event-type.js';
import { streams } from '../../src/domain/kernel/ids.js';
import type { StoredEvent } from '../../src/platform/ledger/stored-event.js';
import { dataOf } from './sample-values.js';

const GOLDEN = fileURLToPath(new URL('../../../test/golden/', import.meta.url));
const EVENTS = join(GOLDEN, 'events');
const DIGESTS = join(GOLDEN, 'goldens.sha256.json');

const TENANT = 'tnt_3fV0pXnq1cKJ7d2sLw8TzA';
const CONTEXT = {
  tenant: TENANT,
  actor: { kind: 'agent', id: 'agt_9kTn5aQe7rYw3ZbLx0MpCd', act: { kind: 'user', id: 'usr_6yHq2mBt9eRk4WcXv1NsUg' } },
  correlationId: 'req_8mVb2nXc6kLz4JhGf1DsPo', causationId: 'cmd_5tYu9iOp3aSd7FgHj1KlZx',
};

export interface Catalogued {
  readonly category: keyof typeof catalogue;
  readonly type: EventType;
}

export const everyType = (): readonly Catalogued[] =>
  Object.entries(catalogue).flatMap(([category, types]) =>
    (Object.values(types) as unknown as EventType[]).map((type) => ({ category: category as keyof typeof catalogue, type })));

export const fileOf = (type: string, version: number): string => `${type}.v${version}.json`;
export const goldenFiles = (): readonly string[] => readdirSync(EVENTS).sort();
export const readGolden = (file: string): StoredEvent => JSON.parse(readFileSync(join(EVENTS, file), 'utf8')) as StoredEvent;
export const digestOfGolden = (file: string): string => createHash('sha256').update(readFileSync(join(EVENTS, file))).digest('hex');
export const knownDigests = (): Readonly<Record<string, string>> =>
  existsSync(DIGESTS) ? (JSON.parse(readFileSync(DIGESTS, 'utf8')) as Record<string, string>) : {};

/** A stored event as an adapter gives it back: what a release that knew this version may have written. */
const goldenOf = ({ category, type: { type, version, fields } }: Catalogued): StoredEvent => {
  const data = dataOf(fields, type);
  return {
    id: uuidOf(type), type, stream: streamOf(category, data), revision: 0, position: '0000000000000042',
    recordedAt: '2026-11-24T12:00:00.000Z',
    metadata: { ...CONTEXT, version }, data,
  };
};

/** The stream is named by the thing it is about, which the data names too; a policy's and a key's is the tenant. */
const streamOf = (category: keyof typeof catalogue, data: Record<string, unknown>): string => {
  if (category === 'reservation') return streams.reservation('handle', createHash('sha256').update('handle').digest('base64url'));
  if (category === 'token') return streams.token(String(data['jti']));
  const subject = category === 'activity' ? 'agentId' : `${category}Id`;
  return streams[category](String(data[subject] ?? TENANT));
};

const uuidOf = (type: string): string => {
  const hex = createHash('sha1').update(type).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** Writes the goldens of current versions that have none, and their digests. What exists is never touched. */
export const addMissingGoldens = (): readonly string[] => {
  const missing = everyType().filter(({ type: { type, version } }) => !existsSync(join(EVENTS, fileOf(type, version))));
  for (const catalogued of missing) {
    const { type, version } = catalogued.type;
    writeFileSync(join(EVENTS, fileOf(type, version)), `${JSON.stringify(goldenOf(catalogued), null, 2)}\n`, { flag: 'wx' });
  }
  const known = knownDigests();
  const digests = Object.fromEntries(goldenFiles().map((file) => [file, known[file] ?? digestOfGolden(file)]));
  writeFileSync(DIGESTS, `${JSON.stringify(digests, null, 2)}\n`);
  return missing.map(({ type: { type, version } }) => fileOf(type, version));
};
