import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { SecretStore } from '../../../src/domain/ports/secret-store.js';
import { obtainTokens } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, startHub } from '../../support/hub.js';

describe('while the vault can\'t be reached', () => {
  let hub: TestHub;
  let ana: Awaited<ReturnType<typeof obtainTokens>>;
  let service: { clientId: string; clientSecret: string };
  let assertion: string;
  let assertingClient: string;
  beforeAll(async () => {
    hub = await startHub();
    const resourceId = await hub.resource();
    await hub.user();
    service = await hub.service(resourceId, ['notes:read']);
    ana = await obtainTokens(hub, (await hub.agent(PUBLIC_CLIENT)).clientId);
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = JSON.stringify({ keys: [await exportJWK(publicKey)] });
    assertingClient = (await hub.agent({ ...SERVICE_CLIENT, tokenEndpointAuthMethod: 'private_key_jwt', jwks })).clientId;
    const now = hub.inside.clock.seconds();
    assertion = await new SignJWT({ jti: 'once', iss: assertingClient, sub: assertingClient, aud: hub.issuer, exp: now + 60 }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    await hub.clientCredentials(service, { resource: NOTES.uri });
    await hub.inside.app.get(SecretStore, { strict: false }).close();
  });
  afterAll(() => hub.close());

  it('CA-05: an assertion of which nobody can tell whether it was used is not taken, and its client not blamed', async () => {
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const answer = await hub.post('/token', { grant_type: 'client_credentials', resource: NOTES.uri, client_assertion: assertion, client_assertion_type: type });
    expect([answer.status, answer.headers.get('retry-after'), answer.body]).toEqual([503, expect.stringMatching(/^[1-5]$/), expect.objectContaining({ error: 'temporarily_unavailable' })]);
    expect(await hub.events('ClientAuthenticationFailed')).toEqual([]);
  });

  it('nobody is taken for somebody who is signed in, and the page says to try again', async () => {
    const page = await ana.browser.open('/my/agents');
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-5]$/)]);
    expect(page.html).not.toContain('Ana');
  });

  it('KM-06: what needs no secret goes on: keys are open already, and published', async () => {
    expect((await hub.clientCredentials(service, { resource: NOTES.uri })).status).toBe(200);
    expect((await hub.fetch('/jwks')).status).toBe(200);
    expect(hub.inside.failures).toEqual([]);
  });
});
