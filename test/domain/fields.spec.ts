import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activityEvents } from '../../src/domain/activity/activity.events.js';
import { readEventData } from '../../src/domain/kernel/catalogue.js';
import { userEvents } from '../../src/domain/user/user.events.js';
import { startHub } from '../support/hub.js';
import { type Vault, openVault } from '../../src/platform/vault/open-vault.js';

describe('data of an event', () => {
  const { TokenVoided, TokenIssued } = activityEvents;
  const voided = { jti: 'tok_1', agentId: 'agt_1', reason: 'agent.suspended' };
  const issued = {
    jti: 'tok_1', agentId: 'agt_1', principal: { kind: 'agent', id: 'agt_1' }, resourceId: 'res_1', grantId: 'gnt_1', grantEpoch: 1, grantType: 'client_credentials', scopes: ['a'],
    denied: [{ scope: 'b', reason: 'no_rule_allows' }], policyVersion: 1, ruleIds: [], inputDigest: 'd', kid: 'k', expiresAt: 1,
  };

  it('is the same after it was checked, and carries no member without a value, however deep', () => {
    expect(TokenVoided.parse(voided)).toBe(voided);
    const read = TokenIssued.parse({ ...issued, authorizationId: undefined, decision: { at: 1, engine: '2', relied: [], tool: undefined } });
    expect(Object.keys(read)).not.toContain('authorizationId');
    expect(Object.keys(read.decision!)).toEqual(['at', 'engine', 'relied']);
  });

  it.each([
    ['a member is missing', { jti: 'tok_1', agentId: 'agt_1' }, 'TokenVoided.reason must be a string of at most 256 characters'],
    ['a member has no value', { ...voided, reason: undefined }, 'TokenVoided.reason must be a string of at most 256 characters'],
    ['a member is unknown', { ...voided, note: 'x' }, 'TokenVoided.note must be a known member'],
    ['a member is named as what every object has', JSON.parse('{"jti":"t","agentId":"a","reason":"r","__proto__":1}'), 'TokenVoided.__proto__ must be a known member'],
    ['a member is only inherited', Object.assign(Object.create({ reason: 'r' }) as object, { jti: 't', agentId: 'a' }), 'TokenVoided.reason must be a string of at most 256 characters'],
    ['it is a list', [], 'TokenVoided must be an object'],
  ])('is refused, and the place named, when %s', (_, data, problem) => {
    expect(() => TokenVoided.parse(data)).toThrow(new TypeError(problem));
  });

  it.each([
    [{ ...issued, scopes: ['a', 1] }, 'TokenIssued.scopes[1] must be a string of at most 256 characters'],
    [{ ...issued, denied: [{ scope: 'b', reason: 'r', more: 1 }] }, 'TokenIssued.denied[0].more must be a known member'],
    [{ ...issued, principal: { kind: 'robot', id: 'r' } }, 'TokenIssued.principal.kind must be one of user, agent'],
  ])('is refused with the place inside it', (data, problem) => {
    expect(() => TokenIssued.parse(data)).toThrow(new TypeError(problem));
  });
});

describe('sealed text', () => {
  let directory: string;
  let vault: Vault;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-fields-'));
    vault = await openVault({ directory });
  });
  afterAll(async () => {
    await vault.close();
    rmSync(directory, { recursive: true });
  });
  const data = (name: string) => ({ userId: 'usr_1', email: 'a@b.example', name, roles: [] });

  it.each(['名', '😀', '\u{10ffff}', 'é', 'a'])('can be read back whatever it is made of: the longest name of %j', async (letter) => {
    const name = letter.repeat(200).slice(0, 200);
    const written = userEvents.UserRegistered.parse(data(name));
    const sealed = await vault.privacy.seal('tnt', 'usr_1', 'e.name', written.name);
    expect(readEventData('UserRegistered', 1, { ...written, name: sealed })).toMatchObject({ name: sealed });
  });

  it('is refused when it is longer than it may be, before it is sealed', () => {
    expect(() => userEvents.UserRegistered.parse(data('a'.repeat(201)))).toThrow(/name/);
  });
});

describe('a name that pretends to be sealed', () => {
  it('is refused, since the ledger could not give it back', async () => {
    const hub = await startHub();
    await expect(hub.user({ email: 'x@example.com', name: `sealed.v1.${'x'.repeat(600)}`, password: 'a long enough password' })).rejects.toMatchObject({ code: 'user.invalid' });
    await hub.close();
  });
});
