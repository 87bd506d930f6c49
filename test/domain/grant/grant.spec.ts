import { describe, expect, it } from '@jest/globals';
import { type GrantCommand, grant } from '../../../src/domain/grant/grant.decider.js';

type Give = Extract<GrantCommand, { type: 'GiveGrant' }>;
const NOW = 1_000;
const given = (change: Partial<Give> = {}): Give => ({
  type: 'GiveGrant', grantId: 'gnt_1', agentId: 'agt_1', principal: { kind: 'agent', id: 'agt_1' }, resourceId: 'res_1',
  scopes: ['read'], via: 'admin', metadataDigest: 'd', now: NOW, ...change,
});
const after = (...commands: readonly GrantCommand[]) => commands.reduce((state, command) => grant.decide(command, state).reduce(grant.evolve, state), grant.initial);
const said = (command: GrantCommand, ...before: readonly GrantCommand[]) => grant.decide(command, after(...before)).map(({ type, data }) => [type, data]);

describe('a grant', () => {
  it('in force ends at another time when it is given with one, and keeps its end when none is named', () => {
    const before = given({ expiresAt: NOW + 10 });
    expect(said(given({ expiresAt: NOW + 99 }), before)).toEqual([['GrantExpiryChanged', { grantId: 'gnt_1', expiresAt: NOW + 99 }]]);
    expect(said(given({ expiresAt: null }), before)).toEqual([['GrantExpiryChanged', { grantId: 'gnt_1' }]]);
    expect(said(given(), before)).toEqual([]);
    expect(said(given({ expiresAt: NOW + 10 }), before)).toEqual([]);
    expect(after(before, given({ expiresAt: null }))).toMatchObject({ status: 'active', epoch: 0 });
    expect(after(before, given({ expiresAt: null }))).not.toHaveProperty('expiresAt');
  });

  it('is widened and moved in one go', () => {
    expect(said(given({ scopes: ['write'], expiresAt: NOW + 99 }), given({ expiresAt: NOW + 10 })).map(([type]) => type)).toEqual(['GrantWidened', 'GrantExpiryChanged']);
  });

  it.each([
    ['was revoked', [given(), { type: 'RevokeGrant', reason: 'r' }]],
    ['has run out', [given({ expiresAt: NOW, now: NOW - 10 })]],
    ['was for the client as it was before', [given({ metadataDigest: 'before' })]],
  ] as readonly (readonly [string, readonly GrantCommand[]])[])('that %s begins anew, with the next epoch and no more than is given now', (_, before) => {
    expect(said(given({ scopes: ['write'] }), ...before)).toEqual([['GrantGiven', expect.objectContaining({ epoch: 1, scopes: ['write'] })]]);
    expect(after(...before, given({ scopes: ['write'] }))).toMatchObject({ status: 'active', epoch: 1, scopes: ['write'] });
    expect(after(...before, given({ scopes: ['write'] }))).not.toHaveProperty('expiresAt');
  });

  it('keeps its end when it begins anew for a client that has changed', () => {
    const before = given({ expiresAt: NOW + 10, metadataDigest: 'before' });
    expect(after(before, given())).toMatchObject({ epoch: 1, expiresAt: NOW + 10 });
    expect(after(before, given({ expiresAt: null }))).not.toHaveProperty('expiresAt');
  });

  it('that is new takes null for no end', () => {
    expect(after(given({ expiresAt: null }))).not.toHaveProperty('expiresAt');
  });
});
