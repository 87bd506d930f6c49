import { beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { NarrowGrant } from '../../../src/commands/grants/narrow-grant.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import { obtainTokens } from '../../support/code-flow.js';
import { CALENDAR, allow, claimsOf, exchange, exchanger, operate } from '../../support/exchange.js';
import { PUBLIC_CLIENT, basic, startHub } from '../../support/hub.js';
import { type Events, dataOf, reading, renumbered, sentences } from './audited.js';

describe('the audit of exchanged tokens', () => {
  let events: Events;
  let jtis: { readonly root: string; readonly child: string; readonly grandchild: string };
  let server: string;
  beforeAll(async () => {
    const hub = await startHub();
    const notes = await hub.resource();
    const calendar = await hub.resource(CALENDAR);
    const person = { kind: 'user', id: await hub.user() } as const;
    const { clientId, agentId: desktop } = await hub.agent(PUBLIC_CLIENT);
    const service = await exchanger(hub);
    server = service.agentId;
    await operate(hub, notes, server);
    await allow(hub, server, person, notes, ['notes:read']);
    await allow(hub, server, person, calendar, ['events:read']);
    const { accessToken } = await obtainTokens(hub, clientId);
    const child = String((await exchange(hub, service, accessToken)).body['access_token']);
    const grandchild = String((await exchange(hub, service, child, { resource: CALENDAR.uri })).body['access_token']);
    jtis = { root: String(claimsOf(accessToken)['jti']), child: String(claimsOf(child)['jti']), grandchild: String(claimsOf(grandchild)['jti']) };
    await hub.post('/revoke', { token: child }, basic(service.clientId, service.clientSecret));
    await hub.post('/revoke', { token: accessToken, client_id: clientId });
    await operate(hub, notes, undefined);
    await hub.do(new NarrowGrant(String(claimsOf(accessToken)['grant_id']), [], hub.context));
    await hub.do(new ChangeAgent(desktop, { type: 'SuspendAgent', reason: 'a test' }, hub.context));
    events = renumbered(await hub.events());
    await hub.close();
  });

  const issued = (jti: string): RecordedEvent => events.find((event) => event.type === 'TokenIssued' && dataOf(event)['jti'] === jti)!;
  const last = (type: string): RecordedEvent => events.findLast((event) => event.type === type)!;
  const without = (gone: (event: RecordedEvent) => boolean): Events => renumbered(events.filter((event) => !gone(event)));
  /** The token is issued right behind that event, and nothing else of what ends it has happened. */
  const behind = (jti: string, forbidding: RecordedEvent): Events => {
    const ends = ['TokenRevoked', 'ResourceOperatorNamed', 'GrantNarrowed', 'AgentSuspended'].map(last);
    const others = events.filter((event) => event !== issued(jti) && event.type !== 'TokenRevoked' && (event === forbidding || !ends.includes(event)));
    return renumbered([...others.filter((event) => event !== forbidding), forbidding, issued(jti)]);
  };
  const changed = (jti: string, change: object): Events =>
    events.map((event) => (event === issued(jti) ? { ...event, data: { ...(event.data as object), ...change } } : event));

  it('finds nothing wrong with a chain that a hub wrote', () => {
    expect(sentences(events)).toEqual([]);
  });

  it.each<[string, () => [string, RecordedEvent], RegExp]>([
    ['a suspension of the agent two tokens up', () => [jtis.grandchild, last('AgentSuspended')], /agent\.suspended \(AgentSuspended at p\d+\)/],
    ['a revocation of the token two tokens up', () => [jtis.grandchild, last('TokenRevoked')], /token\.revoked \(TokenRevoked at p\d+\)/],
    ['the end of the grant two tokens up', () => [jtis.grandchild, last('GrantNarrowed')], /scope\.none_allowed/],
    ['the naming of another operator', () => [jtis.child, last('ResourceOperatorNamed')], /delegation\.not_intended \(ResourceOperatorNamed at p\d+\)/],
  ])('names a token that stands behind %s', (_, which, why) => {
    const [jti, forbidding] = which();
    expect(sentences(behind(jti, forbidding)).find((said) => said.startsWith(`Token ${jti} `))).toMatch(why);
  });

  it('names one with a scope that the token it is made from never had', () => {
    const scopes = new Map([[issued(jtis.root).id, ['notes:read']], [issued(jtis.child).id, ['notes:read', 'notes:write']]]);
    const isGrant = (event: RecordedEvent): boolean => event.type === 'GrantGiven' && dataOf(event)['agentId'] === server;
    const wide = events.map((event) => {
      const changed = isGrant(event) ? ['notes:read', 'notes:write', 'events:read'] : scopes.get(event.id);
      return changed ? { ...event, data: { ...(event.data as object), scopes: changed } } : event;
    });
    expect(sentences(wide)).toEqual([expect.stringMatching(new RegExp(`Token ${jtis.child} .*scope notes:write`))]);
  });

  it('names one that outlives the token it is made from, and one whose parent nobody issued', () => {
    const { expiresAt } = dataOf(issued(jtis.child));
    expect(sentences(changed(jtis.child, { expiresAt: Number(expiresAt) + 1 }))).toContainEqual(expect.stringMatching(new RegExp(`Token ${jtis.child} .* outlives`)));
    expect(sentences(changed(jtis.child, { parentJti: 'tok_nobody' }))).toContainEqual(expect.stringMatching(new RegExp(`Token ${jtis.child} .* was made from tok_nobody`)));
  });

  it('names one that is made from itself, at once or by way of others', () => {
    expect(sentences(changed(jtis.child, { parentJti: jtis.child }))).toContainEqual(expect.stringMatching(new RegExp(`Token ${jtis.child} .* was not allowed there: delegation.too_deep`)));
    const again = { ...issued(jtis.root), id: 'again', data: { ...(issued(jtis.root).data as object), parentJti: jtis.child } };
    const circle = renumbered(events.flatMap((event) => (event === issued(jtis.child) ? [event, again] : [event])));
    expect(sentences(circle)).toContainEqual(expect.stringMatching(new RegExp(`Token ${jtis.root} .* was not allowed there: delegation.too_deep`)));
  });

  it('needs all that was, once a token rests on one that was over before the one it is made from', () => {
    const { expiresAt } = dataOf(issued(jtis.root));
    const later = new Date((Number(expiresAt) + 1_200) * 1_000).toISOString();
    const longer = behind(jtis.grandchild, last('TokenRevoked')).flatMap((event) => {
      if (event.type !== 'TokenIssued') return [event];
      const { jti, agentId } = dataOf(event);
      const lasting = { ...event, data: { ...(event.data as object), expiresAt: Number(expiresAt) + 3_600 } };
      if (jti === jtis.child) return [lasting, { ...event, id: 'voided', type: 'TokenVoided', data: { jti, agentId, reason: 'conflict.concurrent' } }];
      return [jti === jtis.grandchild ? { ...lasting, recordedAt: later } : event];
    });
    expect(reading(renumbered(longer), false)[0]).toBe(false);
    expect(reading(renumbered(longer), true)).toEqual([true, [expect.stringMatching(new RegExp(`Token ${jtis.grandchild} .*token\\.revoked`))]]);
  });

  it('names one whose link to the token it is made from is missing: it would not die with that one', () => {
    expect(sentences(without((event) => event.type === 'TokenDerived' && dataOf(event)['jti'] === jtis.child)))
      .toEqual([expect.stringMatching(new RegExp(`Token ${jtis.child} was made from ${jtis.root}.*TokenDerived`))]);
  });
});
