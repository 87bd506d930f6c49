import { describe, expect, it } from '@jest/globals';
import { eventTypeNamed, readEventData } from '../../src/domain/kernel/catalogue.js';
import type { Fields } from '../../src/domain/kernel/fields.js';
import { decode } from '../../src/platform/ledger/stored-event.js';
import { digestOfGolden, everyType, fileOf, goldenFiles, knownDigests, readGolden } from './golden-files.js';

const HOW_TO_ADD = 'run `npm run build && node dist/scripts/add-goldens.js` and commit what it wrote';
const HOW_TO_CHANGE =
  'What a release wrote stands in somebody\'s ledger for ever. Restore the file, give the event a new version with an upcaster, and '
  + `${HOW_TO_ADD}. Only a version that was never released may be deleted, with its line in goldens.sha256.json, and made anew.`;

const wanted = everyType().flatMap(({ type: { type, version } }) => Array.from({ length: version }, (_, n) => fileOf(type, n + 1)));
const versionOf = (file: string): number => Number(/\.v(\d+)\.json$/.exec(file)?.[1]);

/** The members that a declaration may leave out, at any depth, as paths into the data. */
const optionalPaths = (fields: Fields, before: readonly string[] = []): readonly (readonly string[])[] =>
  Object.entries(fields).flatMap(([name, field]) => {
    const here = [...before, name];
    const inside = field.kind === 'record' && field.fields ? optionalPaths(field.fields, here) : [];
    return field.optional ? [here, ...inside] : inside;
  });

const without = (data: unknown, [name, ...rest]: readonly string[]): unknown => {
  const { [name!]: member, ...others } = data as Record<string, unknown>;
  return rest.length === 0 ? others : { ...others, [name!]: without(member, rest) };
};

/** Optional members that are younger than the golden file of their type: file and path. */
const LATER: ReadonlySet<string> = new Set([
  'VaultSecretsRewrapped.v1.json ["unopened"]', 'PersonalDataRevealed.v1.json ["claims"]', 'CredentialLendRefused.v1.json ["grantType"]', 'CredentialLent.v1.json ["parentJti"]',
  'CredentialStored.v1.json ["beyond"]', 'CredentialRotated.v1.json ["beyond"]', 'CredentialRefreshed.v1.json ["beyond"]',
  ...['TokenIssued.v2', 'TokenRefused.v2', 'CredentialLent.v1', 'CredentialLendRefused.v1'].map((file) => `${file}.json ["approvalId"]`),
  ...['TokenIssued.v2', 'TokenRefused.v2', 'CredentialLent.v1', 'CredentialLendRefused.v1', 'AuthorizationRefused.v2', 'CodeIssued.v2'].flatMap((file) => [`${file}.json ["decision","deferred"]`, `${file}.json ["decision","rested"]`]),
  'ApprovalDenied.v1.json ["because"]', 'ApprovalRequested.v1.json ["network"]', 'ApprovalRequested.v1.json ["vouchedBy"]', 'ApprovalRequested.v1.json ["agreedAt"]',
  'UserSignedIn.v2.json ["providerId"]', 'UserSignedIn.v2.json ["upstreamSession"]',
  ...['trustRuleId', 'clientTrustRuleId', 'grantType'].map((name) => `ApprovalRequested.v1.json ${JSON.stringify(['derivedFrom', 'parent', name])}`),
  'AgentRegistered.v1.json ["trustRuleId"]', 'TokenDerived.v1.json ["parent","trustRuleId"]', 'TokenDerived.v1.json ["parent","grantType"]',
  'TokenDerived.v1.json ["parent","clientTrustRuleId"]', ...['TokenIssued.v2', 'TokenRefused.v2', 'AssertionRefused.v1'].map((file) => `${file}.json ["clientVouchedBy"]`),
  ...['TokenRefused.v2', 'CredentialLendRefused.v1'].map((file) => `${file}.json ["parentJti"]`),
  'TokenIssued.v2.json ["vouchedBy"]', 'TokenRefused.v2.json ["vouchedBy"]', 'CredentialLendRefused.v1.json ["vouchedBy"]', 'CredentialLent.v1.json ["vouchedBy"]',
]);

describe('golden files', () => {
  it('there is one of every version of every event', () => {
    const there = goldenFiles();
    const missing = wanted.filter((file) => !there.includes(file));
    if (missing.length > 0) throw new Error(`${missing.join(', ')} missing from test/golden/events: ${HOW_TO_ADD}`);
    expect(there.filter((file) => !wanted.includes(file))).toEqual([]);
  });

  it('have not changed since they were made', () => {
    const known = knownDigests();
    const changed = goldenFiles().filter((file) => known[file] !== digestOfGolden(file));
    if (changed.length > 0) throw new Error(`${changed.join(', ')} changed. ${HOW_TO_CHANGE}`);
    expect(Object.keys(known)).toEqual(goldenFiles());
  });

  it.each(goldenFiles())('%s can be read', (file) => {
    const stored = readGolden(file);
    const { version, actor, tenant } = stored.metadata as { version: number; actor: unknown; tenant: string };
    expect(fileOf(stored.type, version)).toBe(file);

    const event = decode(stored);
    expect(event.data).toEqual(readEventData(stored.type, version, stored.data));
    expect(event).toMatchObject({ id: stored.id, stream: stored.stream, version: eventTypeNamed(stored.type).version, tenant, actor });
  });

  const optionalMembers = everyType().flatMap(({ type: { type, version, fields } }) =>
    optionalPaths(fields).map((path) => [fileOf(type, version), path] as const));
  it.each(optionalMembers)('%s can be read without the optional %j', (file, path) => {
    const { type, data } = readGolden(file);
    const less = without(data, path);
    // A member that became known after the file was made is left out in it already; nothing else may be.
    if (LATER.has(`${file} ${JSON.stringify(path)}`)) expect(less).toEqual(data);
    else expect(less).not.toEqual(data);
    expect(readEventData(type, versionOf(file), less)).toEqual(less);
  });

  it.each(goldenFiles())('%s with a member that nobody declared is refused', (file) => {
    const { type, data } = readGolden(file);
    expect(() => readEventData(type, versionOf(file), { ...(data as object), secret: 'x' })).toThrow(/secret must be a known member/);
  });
});
