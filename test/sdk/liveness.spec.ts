import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Protected, type RefusalReport, protect } from '@mandate/mcp';
import { challengeOf, mcpRequest, toolCall } from './support/calls.js';
import { NOW, TestIssuer } from './support/test-issuer.js';

const RESOURCE = 'https://notes.example/mcp';

describe('a server that asks whether the token still lives (RFC 7662)', () => {
  let issuer: TestIssuer;
  let server: Protected;
  let clock: number;
  let token: string;
  let reports: RefusalReport[];
  beforeEach(async () => {
    issuer = await TestIssuer.start();
    clock = NOW * 1000;
    reports = [];
    token = await issuer.token(RESOURCE);
    server = serverWith(500);
  });
  afterEach(() => issuer.close());

  const serverWith = (cacheMs: number): Protected =>
    protect(() => Response.json({}), {
      issuer: issuer.url,
      resource: RESOURCE,
      tools: { list_notes: ['notes:read'], add_note: ['notes:write'] },
      introspect: { clientId: 'https://notes.example/mcp', clientSecret: 'p:a+ss wörd', cacheMs },
      now: () => clock,
      onRefusal: (report) => reports.push(report),
    });
  const call = (body?: unknown): Promise<Response> => server.fetch(mcpRequest(RESOURCE, { token, ...(body !== undefined && { body }) }));
  const inactive = { status: 200, body: { active: false } };

  it('refuses an inactive token with 401, although it has not expired', async () => {
    issuer.introspection = inactive;
    const response = await call();
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toMatchObject({ error: 'invalid_token', error_description: 'The access token is no longer active.' });
    expect(reports[0]).toMatchObject({ reason: 'token.inactive' });
  });

  it('sends the token in the body and its own credentials form-encoded (RFC 6749 section 2.3.1)', async () => {
    expect((await call()).status).toBe(200);
    const { authorization = '', form } = issuer.introspected[0] ?? {};
    expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('https%3A%2F%2Fnotes.example%2Fmcp:p%3Aa%2Bss+w%C3%B6rd');
    expect(Object.fromEntries(form ?? [])).toEqual({ token, token_type_hint: 'access_token' });
  });

  it('asks once for requests that arrive together, and notices a suspension when the answer has aged', async () => {
    expect(new Set(await Promise.all(Array.from({ length: 20 }, async () => (await call()).status)))).toEqual(new Set([200]));
    expect(issuer.introspected).toHaveLength(1);
    issuer.introspection = inactive;
    clock += 499;
    expect((await call()).status).toBe(200);
    clock += 1;
    expect((await call()).status).toBe(401);
    expect(issuer.introspected).toHaveLength(2);
  });

  it('counts the age from the question, so that a slow answer does not live longer', async () => {
    issuer.onAsked = (path) => {
      if (path === '/introspect') clock += 500;
    };
    expect((await call()).status).toBe(200);
    issuer.introspection = inactive;
    expect((await call()).status).toBe(401);
  });

  it('asks at every request when told to keep nothing', async () => {
    server = serverWith(0);
    await call();
    issuer.introspection = inactive;
    expect((await call()).status).toBe(401);
  });

  it('keeps the answers for two tokens apart', async () => {
    expect((await call()).status).toBe(200);
    issuer.introspection = inactive;
    token = await issuer.token(RESOURCE, { claims: { jti: 'jti_2' } });
    expect((await call()).status).toBe(401);
  });

  it.each([
    ['is down', { status: 503, body: {} }],
    ['refuses our credentials', { status: 401, body: { error: 'invalid_client' } }],
    ['sends a list', { status: 200, body: [{ active: true }] }],
    ['sends nothing', { status: 204, body: undefined }],
  ])('answers 503 when the issuer %s, and asks again at the next request', async (_, answer) => {
    issuer.introspection = answer;
    expect((await call()).status).toBe(503);
    expect(reports[0]).toMatchObject({ reason: 'introspection.unavailable' });
    issuer.introspection = { status: 200, body: { active: true } };
    expect((await call()).status).toBe(200);
  });

  it.each([{ active: 'true' }, { active: 1 }, { Active: true }, {}])('takes %j for a no', async (body) => {
    issuer.introspection = { status: 200, body };
    expect((await call()).status).toBe(401);
  });

  it('answers 503 when the issuer offers no introspection', async () => {
    issuer.metadata = { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` };
    expect((await call()).status).toBe(503);
  });

  it('lets a grant that was narrowed count at once, and never one that was widened', async () => {
    issuer.introspection = { status: 200, body: { active: true, scope: 'notes:read notes:admin' } };
    expect((await call(toolCall('list_notes'))).status).toBe(200);
    expect((await call(toolCall('add_note'))).status).toBe(403);
    const narrow = protect(() => Response.json({}), { issuer: issuer.url, resource: RESOURCE, tools: { all: ['notes:admin'] }, introspect: { clientId: 'a', clientSecret: 'b' }, now: () => clock });
    expect((await narrow.fetch(mcpRequest(RESOURCE, { token, body: toolCall('all') }))).status).toBe(403);
  });

  it('is never asked about a token that is bad anyway', async () => {
    token = await issuer.token('https://other.example');
    expect((await call()).status).toBe(401);
    expect(issuer.introspected).toHaveLength(0);
  });
});
