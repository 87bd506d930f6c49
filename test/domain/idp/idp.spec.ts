import { describe, expect, it } from '@jest/globals';
import type { ProviderSettings } from '../../../src/domain/idp/idp.events.js';
import { type IdentityProviders, type IdentityProvidersCommand, identityProviders, offered } from '../../../src/domain/idp/idp.decider.js';
import { issuersOf } from '../../../src/domain/idp/issuers.js';

const ENTRA = 'https://login.microsoftonline.com/{tenantid}/v2.0';
const DIRECTORY = '72f988bf-86f1-41af-91ab-2d7cd011db47';

const settings = (change: Partial<ProviderSettings> = {}): ProviderSettings => ({
  name: 'okta', title: 'Okta', issuer: 'https://acme.okta.com', clientId: 'hub', clientAuthentication: 'client_secret_basic', scopes: ['openid'],
  directories: [], emailDomains: [], requires: [], roles: [], claims: [], acr: [], ...change,
  endpoints: { authorization: 'https://acme.okta.com/authorize', token: 'https://acme.okta.com/token', jwks: 'https://acme.okta.com/keys', answersWithIssuer: true, algorithms: ['RS256'], ...change.endpoints },
});
const apply = (state: IdentityProviders, ...commands: readonly IdentityProvidersCommand[]): IdentityProviders =>
  commands.reduce((now, command) => identityProviders.decide(command, now).reduce((then, event) => identityProviders.evolve(then, event), now), state);
const set = (change: Partial<ProviderSettings> = {}, providerId = 'idp_1'): IdentityProvidersCommand => ({ type: 'SetProvider', providerId, settings: settings(change), local: false });
const secret = (providerId = 'idp_1'): IdentityProvidersCommand => ({ type: 'SetProviderSecret', providerId, secretId: 'sec_1', kind: 'client_secret', fingerprint: 'f' });
const ready = apply(identityProviders.initial, set(), secret());
const refused = (state: IdentityProviders, command: IdentityProvidersCommand, code: string): void => expect(() => identityProviders.decide(command, state)).toThrow(expect.objectContaining({ code }));

describe('identity providers of a tenant', () => {
  it('offer nothing before they have a secret, and nothing when only local accounts are used', () => {
    expect(offered(apply(identityProviders.initial, set()))).toEqual([]);
    expect(offered(ready).map(({ name }) => name)).toEqual(['okta']);
    expect(offered(apply(ready, { type: 'ChangeSignInWays', ways: 'local', emergency: [] }))).toEqual([]);
  });

  it.each([
    ['another client', { clientId: 'other' }],
    ['another host', { endpoints: { ...settings().endpoints, token: 'https://evil.example/token' } }],
    ['another way to use it', { clientAuthentication: 'client_secret_post' as const }],
  ])('forget the secret when it would be used for %s (VA-09)', (_, change) => {
    expect(apply(ready, set(change)).providers[0]!.secret).toBeUndefined();
    expect(apply(ready, set({ title: 'Sign in here' })).providers[0]!.secret).toBeDefined();
  });

  it('count how often they were set, so that an answer to older settings is told apart', () => {
    expect(apply(ready, set(), set()).providers[0]!.epoch).toBe(2);
  });

  it('know since when they are who they are: not since before they were removed, nor since before their issuer was another', () => {
    const since = (...commands: readonly IdentityProvidersCommand[]): number => apply(ready, ...commands).providers[0]!.since;
    expect([since(), since(set({ title: 'Sign in here' })), since(set({ issuer: 'https://other.okta.com' })), since(set({ clientId: 'other' }))]).toEqual([0, 0, 1, 1]);
    const ways = (what: 'local' | 'both'): IdentityProvidersCommand => ({ type: 'ChangeSignInWays', ways: what, emergency: [] });
    expect([since(ways('both')), since(ways('local'), ways('both')), since(ways('local'), ways('both'), ways('local'))]).toEqual([0, 1, 2]);
    const anew = apply(ready, { type: 'RemoveProvider', providerId: 'idp_1', reason: 'r' }, set());
    expect([anew.providers[0]!.since, anew.providers[0]!.epoch]).toEqual([1, 1]);
  });

  it('never have one issuer twice, nor lock everybody out', () => {
    refused(ready, set({ name: 'again' }, 'idp_2'), 'idp.exists');
    refused(identityProviders.initial, { type: 'ChangeSignInWays', ways: 'upstream', emergency: ['usr_1'] }, 'idp.only_way');
    refused(ready, { type: 'ChangeSignInWays', ways: 'upstream', emergency: [] }, 'idp.invalid');
    const only = apply(ready, { type: 'ChangeSignInWays', ways: 'upstream', emergency: ['usr_1'] });
    refused(only, { type: 'RemoveProvider', providerId: 'idp_1', reason: 'r' }, 'idp.only_way');
    refused(only, set({ clientId: 'other' }), 'idp.only_way');
  });

  it.each([
    ['an issuer that speaks for every customer of Microsoft, without directories', { issuer: ENTRA }],
    ['a template of somebody else', { issuer: 'https://idp.example/{tenantid}', directories: [DIRECTORY] }],
    ['a directory that is a name', { issuer: ENTRA, directories: ['contoso.onmicrosoft.com'] }],
    ['directories for an issuer that has one', { directories: [DIRECTORY] }],
    ['everybody with a Google account', { issuer: 'https://accounts.google.com' }],
    ['an issuer without TLS', { issuer: 'http://idp.example' }],
    ['an endpoint that is a script', { endpoints: { ...settings().endpoints, authorization: 'javascript:alert(1)' } }],
    ['an endpoint on the disk', { endpoints: { ...settings().endpoints, endSession: 'file:///etc/passwd' } }],
    ['keys that are a secret', { endpoints: { ...settings().endpoints, algorithms: ['HS256'] } }],
    ['no algorithm', { endpoints: { ...settings().endpoints, algorithms: [] } }],
    ['no openid', { scopes: ['profile'] }],
    ['a role for an e-mail address', { roles: [{ claim: 'email', value: 'ana@example.com', role: 'admin' }] }],
    ['a claim that names the person', { claims: [{ claim: 'preferred_username', as: 'who' }] }],
    ['a name that rules can\'t use', { claims: [{ claim: 'department', as: 'Department' }] }],
    ['an acr that is none of more factors', { acr: [{ claim: 'acr' as const, value: 'x', acr: 'urn:mandate:acr:1' }] }],
    ['a name that leads elsewhere', { name: '../admin' }],
  ])('refuse %s', (_, change) => refused(identityProviders.initial, set(change), 'idp.invalid'));

  it('refuse a client_id that names a secret (VA-08)', () => refused(identityProviders.initial, set({ clientId: '${OKTA_CLIENT}' }), 'connection.secret_reference'));

  it('speak for the directories that are named, byte for byte', () => {
    expect(issuersOf(settings({ issuer: ENTRA, directories: [DIRECTORY] }))).toEqual([`https://login.microsoftonline.com/${DIRECTORY}/v2.0`]);
    expect(issuersOf(settings())).toEqual(['https://acme.okta.com']);
  });

  it('let everybody from one Google domain in', () => {
    expect(() => apply(identityProviders.initial, set({ issuer: 'https://accounts.google.com', requires: [{ claim: 'hd', values: ['example.com'] }] }))).not.toThrow();
  });
});
