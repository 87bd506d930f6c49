import { describe, expect, it } from '@jest/globals';
import { catalogue, eventTypeNamed } from '../../src/domain/kernel/catalogue.js';
import type { Field, Fields } from '../../src/domain/kernel/fields.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { ENDS } from '../../src/platform/transfer/newer-events.js';
import { sourcesUnder } from '../architecture/repository.js';
import { everyType } from './golden-files.js';

const PLAIN_KINDS = ['id', 'word', 'uri', 'digest', 'instant', 'count', 'flag', 'text', 'document', 'record'];
const CHOICE = /^[A-Za-z0-9_]+( \| [A-Za-z0-9_]+)+$/;
const isKnownKind = (kind: string): boolean => {
  const of = kind.replace(/^list of /, '');
  return PLAIN_KINDS.includes(of) || CHOICE.test(of);
};

const IRREGULAR = ['Given', 'Chosen', 'Set', 'Taken', 'Withdrawn', 'Lent'];
/** Some word of the name is a participle: it tells what has happened, not what shall. */
const isPast = (name: string): boolean =>
  (name.match(/[A-Z][a-z]+/g) ?? []).some((word) => word.endsWith('ed') || IRREGULAR.includes(word));

/** Every field at any depth, with its path and the record it stands in. */
const everyField = (fields: Fields, before = ''): readonly { path: string; field: Field<unknown>; nested: boolean }[] =>
  Object.entries(fields).flatMap(([name, field]) => [
    { path: before + name, field, nested: before !== '' },
    ...(field.fields ? everyField(field.fields, `${before}${name}.`) : []),
  ]);

/** They take nothing from anybody, or only what the vault holds. */
const TAKES_NOTHING: readonly string[] = ['ConsentDenied', 'ConnectionShredded', 'VaultKeyRetired'];

describe('the catalogue', () => {
  it('has nothing that takes power away and is not told of when a restore forgot it', () => {
    const taking = everyType().map(({ type: { type } }) => type).filter((type) => /(Removed|Revoked|Suspended|Retired|Disabled|Unlinked|Distrusted|Withdrawn|Destroyed|Shredded|Denied|Narrowed)$/.test(type));
    expect(taking.filter((type) => !ENDS.has(type) && !TAKES_NOTHING.includes(type))).toEqual([]);
    expect(taking.length).toBeGreaterThan(20);
  });

  it('names no type of event twice', () => {
    const names = everyType().map(({ type }) => type.type);
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
    for (const { type } of everyType()) expect(eventTypeNamed(type.type)).toBe(type);
  });

  it('lists every file of events', () => {
    const files = sourcesUnder('src/domain').map(({ path }) => /([^/]+)\.events\.ts$/.exec(path)?.[1]).filter((name) => name !== undefined);
    expect(Object.keys(catalogue).sort()).toEqual(files.sort());
  });

  it('has a stream name for every category', () => {
    expect(Object.keys(streams).sort()).toEqual(Object.keys(catalogue).sort());
  });

  it('stops a reader at a type that it does not know', () => {
    expect(() => eventTypeNamed('AgentPromoted')).toThrow('event type AgentPromoted is not in the catalogue');
  });

  describe.each(everyType().map(({ category, type }) => [type.type, { category, type }] as const))('%s', (name, { category, type }) => {
    const fields = everyField(type.fields);

    it('is filed under its own name, in PascalCase and the past tense', () => {
      expect((catalogue[category] as Readonly<Record<string, unknown>>)[name]).toBe(type);
      expect(name).toMatch(/^([A-Z][a-z]+)+$/);
      expect(isPast(name)).toBe(true);
    });

    it('says what it means in a sentence', () => {
      expect(type.says).toMatch(/^[A-Z].{15,}\.$/s);
      expect(type.says).not.toMatch(/\n/);
    });

    it('has fields of known kinds', () => {
      expect(fields.filter(({ field }) => !isKnownKind(field.kind)).map(({ path, field }) => `${path}: ${field.kind}`)).toEqual([]);
    });

    it('seals only what write.ts can seal: a text at the top of an event that names its userId', () => {
      const sealed = fields.filter(({ field }) => field.personal === 'sealed');
      expect(sealed.filter(({ field, nested }) => nested || field.optional || field.kind !== 'text')).toEqual([]);
      const subject = type.fields['userId'];
      expect(sealed.length === 0 || (subject?.kind === 'id' && !subject.optional)).toBe(true);
    });
  });

  it('would notice a verb in the present and a kind that nobody knows', () => {
    expect(['SuspendAgent', 'AgentSuspension', 'Token'].filter(isPast)).toEqual([]);
    expect(['blob', 'list of blob', 'list of ', ''].filter(isKnownKind)).toEqual([]);
    expect(['list of record', 'list of none | private_key_jwt', 'user | agent'].every(isKnownKind)).toBe(true);
  });
});
