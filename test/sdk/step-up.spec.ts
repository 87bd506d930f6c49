import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Protected, protect } from '@mandate/mcp';
import { challengeOf, mcpRequest, toolCall } from './support/calls.js';
import { NOW, TestIssuer } from './support/test-issuer.js';

const RESOURCE = 'https://bank.example/mcp';

describe('a tool that demands a stronger or fresher sign-in (RFC 9470)', () => {
  let issuer: TestIssuer;
  let server: Protected;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    server = protect(() => Response.json({}), {
      issuer: issuer.url,
      resource: RESOURCE,
      tools: {
        balance: ['bank:read'],
        transfer: { scopes: ['bank:transfer'], acrValues: ['phr', 'phrh'], maxAge: 300 },
        close_account: { scopes: ['bank:close'], maxAge: 0 },
      },
      now: () => NOW * 1000,
    });
  });
  afterAll(() => issuer.close());

  const call = async (claims: Record<string, unknown>, body: unknown): Promise<Response> =>
    server.fetch(mcpRequest(RESOURCE, { token: await issuer.token(RESOURCE, { claims: { scope: 'bank:read bank:transfer bank:close', ...claims } }), body }));

  it('gets through with one of the accepted levels, recent enough', async () => {
    for (const acr of ['phr', 'phrh']) expect((await call({ acr, auth_time: NOW - 299 }, toolCall('transfer'))).status).toBe(200);
  });

  it('SU-01: is answered with the levels and the age that would do', async () => {
    const response = await call({ acr: 'pwd', auth_time: NOW }, toolCall('transfer'));
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toEqual({
      resource_metadata: 'https://bank.example/.well-known/oauth-protected-resource/mcp',
      scope: 'bank:transfer',
      error: 'insufficient_user_authentication',
      error_description: 'This operation needs a stronger sign-in of the user.',
      acr_values: 'phr phrh',
      max_age: '300',
    });
  });

  it('SU-01: refuses a sign-in that is too old, and a token that does not say', async () => {
    for (const claims of [{ acr: 'phr', auth_time: NOW - 306 }, { acr: 'phr' }, { auth_time: NOW }, { acr: ['phr'], auth_time: NOW }, {}]) expect((await call(claims, toolCall('transfer'))).status).toBe(401);
    expect(challengeOf(await call({ auth_time: NOW - 60 }, toolCall('close_account')))).toMatchObject({ error: 'insufficient_user_authentication', max_age: '0' });
  });

  it('asks for the scope in the same breath, so that one trip to the user is enough', async () => {
    expect(challengeOf(await call({ scope: 'bank:read' }, toolCall('transfer')))).toMatchObject({ error: 'insufficient_user_authentication', scope: 'bank:transfer' });
  });

  it('is not escaped by hiding the call in a batch', async () => {
    const response = await call({}, [toolCall('balance'), toolCall('transfer', {}, 2)]);
    expect(challengeOf(response)).toMatchObject({ error: 'insufficient_user_authentication', scope: 'bank:read bank:transfer' });
  });

  it('leaves other tools alone', async () => expect((await call({}, toolCall('balance'))).status).toBe(200));
});
