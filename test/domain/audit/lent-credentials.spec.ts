import { beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { ChangeConnection } from '../../../src/commands/connections/change-connection.js';
import { DefineConnection } from '../../../src/commands/connections/define-connection.js';
import { DestroyCredential } from '../../../src/commands/credentials/destroy-credential.js';
import { StoreKey } from '../../../src/commands/credentials/store-key.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { LedgerAudit } from '../../../src/domain/audit/ledger-audit.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';
import { decideBy } from '../../api/policies/policy-paths.js';
import { allow, exchange, exchanger } from '../../support/exchange.js';
import { NOTES, basic, startHub } from '../../support/hub.js';

type Events = readonly RecordedEvent[];
const dataOf = ({ data }: RecordedEvent) => data as Record<string, string>;
const sentences = (events: Events): readonly string[] => {
  const audit = new LedgerAudit(new CelConditions());
  for (const event of renumbered(events)) audit.see(event);
  return audit.result().violations.map(({ sentence }) => sentence);
};
const renumbered = (events: Events): Events => {
  const tips = new Map<string, number>();
  return events.map((event, n) => {
    const revision = (tips.get(event.stream) ?? -1) + 1;
    tips.set(event.stream, revision);
    return { ...event, revision, position: `p${String(n).padStart(6, '0')}` };
  });
};

describe('the audit of what was lent of connections', () => {
  let events: Events;
  let loan: RecordedEvent;
  beforeAll(async () => {
    const hub = await startHub();
    const borrower = await exchanger(hub, 'Borrower');
    const principal = { kind: 'agent' as const, id: borrower.agentId };
    const tenant = { kind: 'tenant' as const, id: hub.context.tenant };
    const draft = { title: 'Weather', heldBy: 'tenant' as const, lends: true, apiKey: { placement: 'header' as const, name: 'X-Key' }, origins: ['https://weather.example'] };
    const { connectionId } = await hub.do(new DefineConnection(hub.issuer, 'weather', draft, hub.context));
    await hub.do(new StoreKey(connectionId, tenant, { key: 'a-key-of-the-weather' }, hub.context));
    await allow(hub, borrower.agentId, principal, await hub.resource(), ['notes:read']);
    const { grantId } = await allow(hub, borrower.agentId, principal, connectionId, ['use']);
    const token = String((await hub.clientCredentials(borrower, { resource: NOTES.uri })).body['access_token']);
    expect((await exchange(hub, borrower, token, { requested_token_type: 'urn:mandate:connection:weather' })).status).toBe(200);
    // And then everything ends that it rested on, one after the other.
    const { credentialId } = await hub.do(new StoreKey(connectionId, tenant, { key: 'another-key-of-it' }, hub.context));
    await hub.do(new DestroyCredential(credentialId, 'a test', hub.context));
    await hub.do(new RevokeGrant(grantId, 'a test', undefined, hub.context));
    await hub.post('/revoke', { token }, basic(borrower.clientId, borrower.clientSecret));
    await hub.do(new ChangeAgent(borrower.agentId, { type: 'SuspendAgent', reason: 'a test' }, hub.context));
    await hub.do(new ChangeConnection(connectionId, { type: 'SuspendConnection', reason: 'a test' }, hub.context));
    await decideBy(hub, [{ id: 'nothing', effect: 'deny' }]);
    events = await hub.events();
    loan = events.find(({ type }) => type === 'CredentialLent')!;
    await hub.close();
  });
  /** Those that end it are told right before the loan; others stay where they are. */
  const after = (...types: readonly string[]): Events => {
    const later = events.slice(events.indexOf(loan));
    const ending = types.map((type) => later.find((event) => event.type === type)!);
    return events.filter((event) => !ending.includes(event)).flatMap((event) => (event === loan ? [...ending, loan] : [event]));
  };
  const changed = (change: object): Events => events.map((event) => (event === loan ? { ...loan, data: { ...dataOf(loan), ...change } } : event));
  const loans = (given: Events) => sentences(given).filter((sentence) => /loan/i.test(sentence));

  it('finds nothing wrong with what a hub lent, which names the token that it was asked with', () => {
    expect(sentences(events)).toEqual([]);
    expect(dataOf(loan)['parentJti']).toBe(dataOf(events.find(({ type, data }) => type === 'TokenIssued' && (data as { agentId: string }).agentId === dataOf(loan)['agentId'])!)['jti']);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['another version of the credential', ['CredentialRotated'], /another version of the credential was there \(CredentialRotated at p\d+\)/],
    ['the end of the credential', ['CredentialDestroyed'], /credential\.unknown \(CredentialDestroyed at p\d+\)/],
    ['the end of the grant', ['GrantRevoked'], /grant\.revoked \(GrantRevoked at p\d+\)/],
    ['the end of the token that it was asked with', ['TokenRevoked'], /token\.revoked \(TokenRevoked at p\d+\)/],
    ['the suspension of the agent', ['AgentSuspended'], /agent\.suspended \(AgentSuspended at p\d+\)/],
    ['the suspension of the connection', ['ConnectionSuspended'], /connection\.suspended \(ConnectionSuspended at p\d+\)/],
    ['a policy that forbids it', ['PolicyPublished', 'PolicyActivated'], /policy\.denied \(PolicyActivated at p\d+\)/],
  ])('names a loan that stands behind %s, unless it was voided', (_, types, why) => {
    expect(loans(after(...types))).toEqual([expect.stringMatching(why)]);
    expect(loans(after(...types))[0]).toMatch(new RegExp(`^Loan ${dataOf(loan)['lendId']} to ${dataOf(loan)['agentId']}, recorded at p\\d+, was not allowed there`));
    const voided = { ...loan, id: 'voided', type: 'CredentialLendVoided', data: { lendId: dataOf(loan)['lendId'], agentId: dataOf(loan)['agentId'], reason: 'x.y' } };
    expect(loans(after(...types).flatMap((event) => (event === loan ? [loan, voided] : [event])))).toEqual([]);
  });

  it('names one with a scope that nobody granted, one of somebody else\'s credential, and one that was asked with nobody\'s token', () => {
    expect(loans(changed({ scopes: ['use', 'all'] }))).toEqual([expect.stringContaining('scope all')]);
    expect(loans(changed({ credentialId: 'crd_other' }))).toEqual([expect.stringContaining('credential.unknown')]);
    expect(loans(changed({ parentJti: 'tok_nobody' }))).toEqual([expect.stringContaining('nobody issued tok_nobody')]);
  });

  it('names one that stands twice, and the voiding of one that was never made', () => {
    expect(loans(events.flatMap((event) => (event === loan ? [loan, { ...loan, id: 'again' }] : [event])))).toContainEqual(expect.stringContaining('a second time'));
    const voided = { ...loan, id: 'voided', type: 'CredentialLendVoided', data: { lendId: 'lnd_none', agentId: dataOf(loan)['agentId'], reason: 'x.y' } };
    expect(loans([...events, voided])).toEqual([expect.stringContaining('which was never made to it')]);
  });
});
