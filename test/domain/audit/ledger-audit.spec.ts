import { beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { ActivatePolicy } from '../../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../src/commands/policies/publish-policy.js';
import { RotateSigningKeys } from '../../../src/commands/keys/rotate-signing-keys.js';
import type { Acknowledged } from '../../../src/domain/audit/acknowledgements.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import { obtainTokens, redeem, refresh } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, startHub } from '../../support/hub.js';
import { type Events, audit, dataOf, reading, renumbered, sentences } from './audited.js';

const NOTHING: Acknowledged = { tokens: [], codes: [], refreshTokens: [], changes: [] };

describe('the audit of a whole ledger', () => {
  let events: Events;
  beforeAll(async () => {
    const hub = await startHub();
    const resourceId = await hub.resource();
    await hub.user();
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const service = await hub.service(resourceId, ['notes:read', 'notes:write']);
    const tokens = await obtainTokens(hub, clientId);
    const { body } = await refresh(hub, clientId, tokens.refreshToken);
    await refresh(hub, clientId, tokens.refreshToken);
    await refresh(hub, clientId, body['refresh_token'] as string);
    const spent = await obtainTokens(hub, clientId);
    await redeem(hub, (await hub.agent(PUBLIC_CLIENT, 'Thief')).clientId, spent);
    await hub.clientCredentials(service, { resource: NOTES.uri });
    await hub.do(new ChangeAgent(service.agentId, { type: 'SuspendAgent', reason: 'a test' }, hub.context));
    await hub.clientCredentials(service, { resource: NOTES.uri });
    await hub.do(new ChangeAgent(service.agentId, { type: 'ResumeAgent' }, hub.context));
    await hub.do(new RotateSigningKeys(['ES256'], true, hub.context));
    await hub.clientCredentials(service, { resource: NOTES.uri });
    await hub.do(new PublishPolicy(JSON.stringify({ rules: [{ id: 'nothing', effect: 'deny' }] }), hub.context));
    await hub.do(new ActivatePolicy(2, 'ActivatePolicy', hub.context));
    await hub.clientCredentials(service, { resource: NOTES.uri });
    await hub.do(new ActivatePolicy(1, 'RollBackPolicy', hub.context));
    await hub.do(new RevokeGrant(service.grantId, 'a test', undefined, hub.context));
    events = renumbered(await hub.events());
    await hub.close();
  });

  const first = (type: string, which: (event: RecordedEvent) => boolean = () => true): RecordedEvent => {
    const found = events.find((event) => event.type === type && which(event));
    if (!found) throw new Error(`no ${type}`);
    return found;
  };
  const last = (type: string): RecordedEvent => events.findLast((event) => event.type === type)!;
  const without = (...gone: readonly RecordedEvent[]): Events => renumbered(events.filter((event) => !gone.includes(event)));
  const twice = (event: RecordedEvent, change: Partial<RecordedEvent> = {}): Events =>
    renumbered(events.flatMap((each) => (each === event ? [each, { ...each, id: 'another', ...change }] : [each])));
  /** The event is moved right behind another. */
  const moved = (event: RecordedEvent, behind: RecordedEvent): Events =>
    renumbered(events.filter((each) => each !== event).flatMap((each) => (each === behind ? [each, event] : [each])));
  const ofService = (event: RecordedEvent): boolean => dataOf(event)['grantType'] === 'client_credentials';

  it('finds nothing wrong with what a hub wrote', () => {
    expect(audit(events)).toEqual({ events: events.length, position: events.at(-1)!.position, violations: [], violationsInAll: 0 });
    expect(events.length).toBeGreaterThan(40);
  });

  it('names an event that stands twice, by both places', () => {
    const event = first('AgentRegistered');
    const copied = twice(event, { id: event.id });
    const places = copied.filter(({ id }) => id === event.id).map(({ position }) => position);
    expect(audit(copied).violations).toContainEqual({ sentence: `Event ${event.id} stands twice, at ${places[0]} and at ${places[1]}.`, positions: places });
  });

  it('names a revision that is missing, places out of order, and an event of another tenant', () => {
    const rotated = first('RefreshRotated');
    expect(sentences(events.filter((event) => event !== rotated))).toContainEqual(expect.stringMatching(/^Stream authorization-\S+ has revision 3 at \S+ where 2 belongs\.$/));
    expect(sentences([...events, events[3]!])).toContainEqual(`The event at ${events[3]!.position} comes after the one at ${events.at(-1)!.position}.`);
    expect(sentences(events.map((event) => (event === rotated ? { ...event, tenant: 'tnt_other' } : event))))
      .toContainEqual(expect.stringMatching(/^Stream authorization-\S+ belongs to tnt_default, and the event at \S+ to tnt_other\.$/));
  });

  it('names a code that was redeemed twice, and one that nobody issued', () => {
    expect(sentences(twice(first('CodeRedeemed')))).toContainEqual(expect.stringMatching(/^The code of aut_\S+ was redeemed twice, at p\d+ and at p\d+\.$/));
    expect(sentences(without(first('CodeIssued')))).toContainEqual(expect.stringMatching(/^aut_\S+ has no code, and redeemed stands at p\d+\.$/));
  });

  it('names a refresh family that grew a second leaf, or went on after its end', () => {
    expect(sentences(twice(first('RefreshRotated')))).toContainEqual(expect.stringMatching(/^The refresh family aut_\S+ has more than one live leaf: generation 1 at p\d+ is followed by 1 at p\d+\.$/));
    const ended = first('CodeReplayed');
    const redeemed = first('CodeRedeemed', ({ stream }) => stream === ended.stream);
    expect(sentences(moved(redeemed, ended))).toContainEqual(expect.stringMatching(/^aut_\S+ was redeemed at p\d+, after it had ended at p\d+\.$/));
  });

  it('names tokens of one family that have no claim of their own, unless all but one were voided', () => {
    const token = first('TokenIssued', (event) => dataOf(event)['grantType'] === 'authorization_code');
    const more = twice(token, { data: { ...(token.data as object), jti: 'tok_more' } });
    expect(sentences(more)).toEqual([expect.stringMatching(/^Generation 0 of aut_\S+ was claimed 1 times and gave 2 tokens, at p\d+, p\d+\.$/)]);
    const voided = { ...more.at(-1)!, id: 'voided', stream: token.stream, type: 'TokenVoided', data: { jti: 'tok_more', agentId: dataOf(token)['agentId'], reason: 'conflict.concurrent' } };
    expect(sentences(renumbered([...more, voided]))).toEqual([]);
  });

  it.each([
    ['a suspension', 'AgentSuspended', /agent\.suspended \(AgentSuspended at p\d+\)/],
    ['a revocation', 'GrantRevoked', /grant\.revoked \(GrantRevoked at p\d+\)/],
    ['a policy change', 'PolicyActivated', /policy\.denied \(PolicyActivated at p\d+\)/],
    ['the end of its refresh family', 'CodeReplayed', /authorization\.revoked \(CodeReplayed at p\d+\)/],
  ])('names a token that stands behind %s that forbids it, unless it was voided', (_, forbids, why) => {
    const forbidding = last(forbids);
    const token = forbids === 'CodeReplayed'
      ? events.findLast((event) => event.type === 'TokenIssued' && forbidding.stream.endsWith(String(dataOf(event)['authorizationId'])))!
      : first('TokenIssued', ofService);
    const after = moved(token, forbidding);
    expect(sentences(after)).toEqual([expect.stringMatching(why)]);
    expect(sentences(after)[0]).toContain(`Token ${dataOf(token)['jti']}`);
    const voided = { ...token, id: 'voided', type: 'TokenVoided', data: { jti: dataOf(token)['jti'], agentId: dataOf(token)['agentId'], reason: 'agent.suspended' } };
    expect(sentences(renumbered([...after, voided]))).toEqual([]);
  });

  it('names a token that got a scope nobody granted, and one that is signed by a key that did not sign then', () => {
    const changed = (change: object): Events => events.map((event) => (event === first('TokenIssued', ofService) ? { ...event, data: { ...(event.data as object), ...change } } : event));
    expect(sentences(changed({ scopes: ['notes:read', 'notes:admin'] }))).toEqual([expect.stringMatching(/was not allowed there: scope notes:admin \(GrantGiven at p\d+\)/)]);
    expect(sentences(changed({ kid: 'elsewhere' }))).toEqual([expect.stringMatching(/was not allowed there: key elsewhere did not sign then/)]);
    expect(sentences(moved(last('SigningKeyActivated'), last('GrantRevoked')))).toEqual([expect.stringMatching(/did not sign then/)]);
  });

  it.each<[string, string, object, RegExp]>([
    ['for another person', 'TokenIssued', { principal: { kind: 'user', id: 'usr_mallory' } }, /the grant is not of this agent, principal and resource \(GrantGiven at p\d+\)/],
    ['on a grant that is made another agent\'s', 'GrantGiven', { agentId: 'agt_mallory' }, /the grant is not of this agent, principal and resource/],
    ['of a family that is made another agent\'s', 'CodeIssued', { agentId: 'agt_mallory' }, /the authorization is not of this agent and grant/],
  ])('names a token %s', (_, type, change, why) => {
    const edited = first(type, type === 'TokenIssued' ? ofService : undefined);
    const after = events.map((event) => (event === edited ? { ...event, data: { ...(event.data as object), ...change } } : event));
    expect(sentences(after)).toContainEqual(expect.stringMatching(why));
  });

  it.each([['AgentSuspended', 'agent'], ['TokenIssued', 'activity'], ['CodeRedeemed', 'authorization'], ['GrantRevoked', 'grant']])('names %s in a stream of something else', (type, category) => {
    const event = first(type);
    const elsewhere = renumbered(events.map((each) => (each === event ? { ...each, stream: `${category}-mallory` } : each)));
    expect(sentences(elsewhere)).toContainEqual(`${type} at p${String(events.indexOf(event)).padStart(6, '0')} is about ${event.stream.slice(category.length + 1)}, and stands in ${category}-mallory.`);
  });

  it('keeps nothing of tokens that are over, and says the same of them all the same', () => {
    const token = first('TokenIssued', ofService);
    const after = moved(token, first('AgentSuspended'));
    const tomorrow = new Date(Date.parse(after.at(-1)!.recordedAt) + 86_400_000).toISOString();
    const [said] = sentences(after);
    const refused = { ...first('TokenRefused'), id: 'refused', recordedAt: tomorrow };
    expect([said, ...sentences(renumbered([...after, refused]))]).toEqual([expect.stringContaining('agent.suspended'), said]);
    // It is known to have been, though nothing else is known of it any more: what is made from it says why it can't be.
    const child = { ...token, id: 'child', recordedAt: tomorrow, data: { ...(token.data as object), jti: 'tok_child', parentJti: dataOf(token)['jti'] } };
    expect(sentences(renumbered([...events, child]))).toContainEqual(expect.stringContaining(`it was made from ${dataOf(token)['jti']}, which was over`));
    const again = { ...token, id: 'again', recordedAt: tomorrow };
    expect(sentences(renumbered([...events, again]))).toContainEqual(expect.stringMatching(`^Token ${dataOf(token)['jti']} was issued a second time`));
  });

  it('says when it came to what it keeps nothing of, as where a clock was ahead; with all kept it finds what is wrong, and nothing else', () => {
    const token = first('TokenIssued', ofService);
    const ahead = { ...first('TokenRefused'), id: 'ahead', recordedAt: new Date(Date.parse(token.recordedAt) + 86_400_000).toISOString() };
    const voided = (agentId: string) => renumbered(events.flatMap((event) => (event === token ? [
      event, ahead, { ...event, id: 'voided', recordedAt: ahead.recordedAt, type: 'TokenVoided', version: 1, data: { jti: dataOf(token)['jti'], agentId, reason: 'agent.suspended' } },
    ] : [event])));
    const [rightly, wrongly] = [voided(dataOf(token)['agentId']!), voided('agt_other')];
    expect([reading(events, false), reading(rightly, true)]).toEqual([[true, []], [true, []]]);
    expect([reading(rightly, false)[0], reading(wrongly, false)[0]]).toEqual([false, false]);
    expect(reading(wrongly, true)).toEqual([true, [
      expect.stringContaining('is about agt_other, and stands in activity-'), expect.stringContaining('of agt_other was voided, which was never issued to it'),
    ]]);
  });

  it('does not count a forbidden token that is known not to have been handed out', () => {
    const token = first('TokenIssued', ofService);
    const after = moved(token, first('AgentSuspended'));
    expect(sentences(after, NOTHING)).toEqual([]);
    expect(sentences(after, { ...NOTHING, tokens: [{ jti: dataOf(token)['jti']! }] })).toHaveLength(1);
  });

  it('names what was acknowledged and is not there', () => {
    const [code, redeemed, rotated, suspended] = [first('CodeIssued'), first('CodeRedeemed'), first('RefreshRotated'), first('AgentSuspended')];
    const token = first('TokenIssued', ofService);
    const authorizationId = dataOf(rotated)['authorizationId']!;
    const acknowledged: Acknowledged = {
      tokens: [{ jti: dataOf(token)['jti']!, after: events[0]!.position }], codes: [dataOf(code)['authorizationId']!],
      refreshTokens: [{ authorizationId, generation: 0 }, { authorizationId, generation: 1 }],
      changes: [{ stream: suspended.stream, type: 'AgentSuspended', position: suspended.position }],
    };
    expect(sentences(events, acknowledged)).toEqual([]);
    const gone = events.filter((event) => ![token, code, redeemed, rotated, suspended].includes(event));
    const said = sentences(gone, acknowledged);
    expect(said).toEqual(expect.arrayContaining([
      `Token ${dataOf(token)['jti']} was handed out, and the ledger does not have it.`,
      `The code of ${authorizationId} was handed out, and the ledger does not have it.`,
      `The refresh token ${authorizationId} 0 was handed out, and the ledger does not have it.`,
      `The refresh token ${authorizationId} 1 was handed out, and the ledger does not have it.`,
      `${suspended.stream} AgentSuspended was confirmed, up to ${suspended.position}, and the ledger does not have it.`,
      `${suspended.position} was given as a place of ${suspended.stream}, and the ledger does not have it.`,
    ]));
  });

  it('names a token that stands before what was known when it was asked for, and one that was voided and handed out', () => {
    const token = first('TokenIssued', ofService);
    const jti = dataOf(token)['jti']!;
    expect(sentences(events, { ...NOTHING, tokens: [{ jti, after: events.at(-1)!.position }] }))
      .toEqual([`Token ${jti} stands at ${token.position}, and was asked for when ${events.at(-1)!.position} was known.`]);
    const voided = { ...token, id: 'voided', type: 'TokenVoided', data: { jti, agentId: dataOf(token)['agentId'], reason: 'agent.suspended' } };
    expect(sentences(renumbered([...events, voided]), { ...NOTHING, tokens: [{ jti }] })).toEqual([expect.stringMatching(/was voided at p\d+, and was handed out all the same/)]);
  });
});
