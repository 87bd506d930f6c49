import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateTenant } from '../../../src/commands/tenants/create-tenant.js';
import { RotateSigningKeys } from '../../../src/commands/keys/rotate-signing-keys.js';
import { NOTES, type TestHub, startHub } from '../../support/hub.js';

/** Threats 3.13 (DM), and what tenants see of each other. */
describe('discovery', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
    await hub.do(new CreateTenant({ slug: 'acme', name: 'Acme', issuer: `${hub.issuer}/t/acme` }, hub.context));
  });
  afterAll(() => hub.close());
  const json = async (path: string): Promise<Record<string, unknown>> => (await (await hub.fetch(path)).json()) as Record<string, unknown>;

  it('serves the same document for RFC 8414 and OpenID Connect, with the issuer it was asked for', async () => {
    const document = await json('/.well-known/oauth-authorization-server');
    expect(document['issuer']).toBe(hub.issuer);
    expect(await json('/.well-known/openid-configuration')).toEqual(document);
  });

  it.each([
    '/.well-known/oauth-authorization-server/t/acme', '/.well-known/openid-configuration/t/acme',
    '/t/acme/.well-known/openid-configuration', '/t/acme/.well-known/oauth-authorization-server',
  ])('serves a tenant\'s document at %s', async (path) => {
    const document = await json(path);
    expect(document['issuer']).toBe(`${hub.issuer}/t/acme`);
    for (const [name, value] of Object.entries(document))
      if (name.endsWith('_endpoint') || name === 'jwks_uri') expect(value).toContain(`${hub.issuer}/t/acme/`);
  });

  it('DM-03: answers 404 as JSON for a tenant that does not exist and for unknown well-known names', async () => {
    for (const path of ['/.well-known/oauth-authorization-server/t/nobody', '/.well-known/oauth-authorization-server/x', '/.well-known/webfinger', '/t/nobody/jwks']) {
      const answer = await hub.fetch(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.json()).toMatchObject({ error: 'not_found' });
    }
  });

  it('DM-04: advertises what is enforced and nothing weaker', async () => {
    const document = await json('/.well-known/oauth-authorization-server');
    expect(document).toMatchObject({
      response_types_supported: ['code'], code_challenge_methods_supported: ['S256'], authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true, id_token_signing_alg_values_supported: ['ES256'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'], userinfo_endpoint: `${hub.issuer}/userinfo`,
      claims_supported: expect.arrayContaining(['sub', 'auth_time', 'nonce', 'amr', 'at_hash', 'name', 'email', 'email_verified']),
      claims_parameter_supported: false, request_parameter_supported: false, request_uri_parameter_supported: false, 
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:openid:params:grant-type:ciba', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
      backchannel_authentication_endpoint: `${hub.issuer}/bc-authorize`, backchannel_token_delivery_modes_supported: ['poll'],
    });
    expect(JSON.stringify(document)).not.toMatch(/"plain"|"implicit"|"password"|"HS256"/);
  });

  it('RFC 9728: describes the hub\'s own resources, each under its own URI, and no other', async () => {
    const listed = (await json('/.well-known/oauth-authorization-server'))['protected_resources'] as string[];
    for (const uri of listed) expect((await json(`/.well-known/oauth-protected-resource${new URL(uri).pathname}`))['resource']).toBe(uri);
    expect((await json('/t/acme/.well-known/oauth-protected-resource/userinfo'))).toMatchObject({
      resource: `${hub.issuer}/t/acme/userinfo`, authorization_servers: [`${hub.issuer}/t/acme`], scopes_supported: ['openid', 'profile', 'email'],
    });
    expect((await hub.fetch('/.well-known/oauth-protected-resource/constructor')).status).toBe(404);
  });

  it('keys of tenants are disjoint, and a rotated key stays published while its tokens live', async () => {
    const kids = async (path: string): Promise<string[]> => ((await json(path))['keys'] as { kid: string; d?: string }[]).map(({ kid }) => kid);
    const before = await kids('/jwks');
    const acme = await kids('/t/acme/jwks');
    expect(before.filter((kid) => acme.includes(kid))).toEqual([]);
    await hub.do(new RotateSigningKeys(['ES256'], true, hub.context));
    const after = await kids('/jwks');
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBe(before.length + 1);
    for (const key of (await json('/jwks'))['keys'] as Record<string, unknown>[]) expect(Object.keys(key).filter((name) => 'dpqk'.includes(name) || ['dp', 'dq', 'qi'].includes(name))).toEqual([]);
    hub.inside.clock.advance(2 * 86_400 + 1);
    await hub.do(new RotateSigningKeys([], false, hub.context));
    expect((await kids('/jwks')).length).toBe(before.length);
  });

  it('CO-06: a client, a code and a token of one tenant are nothing at another', async () => {
    const resourceId = await hub.resource();
    const service = await hub.service(resourceId, ['notes:read']);
    const elsewhere = await hub.post('/t/acme/token', { grant_type: 'client_credentials', resource: NOTES.uri }, { authorization: `Basic ${Buffer.from(`${service.clientId}:${service.clientSecret}`).toString('base64')}` });
    expect(elsewhere.status).toBe(401);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
