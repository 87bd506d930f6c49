import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Admitted, type ProtectionOptions, type Protected, protect } from '@mandate/mcp';
import { challengeOf, mcpRequest, toolCall } from './support/calls.js';
import { NOW, TestIssuer } from './support/test-issuer.js';

const RESOURCE = 'https://notes.example/mcp';

describe('the scopes of tools', () => {
  let issuer: TestIssuer;
  let reached: Admitted[];
  beforeAll(async () => {
    issuer = await TestIssuer.start();
  });
  afterAll(() => issuer.close());

  const serverWith = (options: Partial<ProtectionOptions> = {}): Protected => {
    reached = [];
    return protect(
      (_, admitted) => {
        reached.push(admitted);
        return Response.json({ ok: true });
      },
      {
        issuer: issuer.url,
        resource: RESOURCE,
        tools: { list_notes: ['notes:read'], add_note: ['notes:write'], move_note: ['notes:write', 'notes:delete'], about: [] },
        now: () => NOW * 1000,
        ...options,
      },
    );
  };
  const call = async (server: Protected, scope: string | undefined, body: unknown): Promise<Response> =>
    server.fetch(mcpRequest(RESOURCE, { token: await issuer.token(RESOURCE, { claims: { scope } }), body }));

  it('a call without the scope of its tool gets a 403 that names exactly the scopes of the operation', async () => {
    const response = await call(serverWith(), 'notes:read', toolCall('add_note'));
    expect(response.status).toBe(403);
    expect(challengeOf(response)).toEqual({
      resource_metadata: 'https://notes.example/.well-known/oauth-protected-resource/mcp',
      scope: 'notes:write',
      error: 'insufficient_scope',
      error_description: 'This operation needs the scope notes:write.',
    });
    expect(await response.json()).toMatchObject({ error: 'insufficient_scope' });
    expect(reached).toHaveLength(0);
  });

  it('the challenge names all scopes of the operation at once, those that are granted too', async () => {
    const response = await call(serverWith(), 'notes:write', toolCall('move_note'));
    expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'notes:write notes:delete' });
  });

  it('a call with the scope goes through; a tool that needs none takes any valid token', async () => {
    const server = serverWith();
    expect((await call(server, 'notes:write notes:delete', toolCall('move_note'))).status).toBe(200);
    expect((await call(server, undefined, toolCall('about'))).status).toBe(200);
  });

  it('scopes are compared whole: neither a prefix, nor another case, nor a tab between them counts', async () => {
    for (const scope of ['notes', 'notes:', 'NOTES:READ', 'notes:readonly', 'x\tnotes:read', 'notes:*', '*'])
      expect((await call(serverWith(), scope, toolCall('list_notes'))).status).toBe(403);
  });

  it('a tool that is not listed is closed, without a challenge that would send clients in circles', async () => {
    const response = await call(serverWith(), 'notes:read notes:write notes:delete', toolCall('drop_database'));
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.json()).toMatchObject({ error: 'access_denied', error_description: 'The tool "drop_database" is not open to anyone here.' });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '', 'list_notes\u0000', ' list_notes', 'LIST_NOTES'])(
    'a tool named %j is just a tool that is not listed',
    async (name) => {
      const response = await call(serverWith(), 'notes:read', toolCall(name));
      expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([403, 'access_denied']);
      expect(reached).toHaveLength(0);
    },
  );

  it.each([[7], [null], [['list_notes']], [{ toString: 'list_notes' }], [undefined]])('a tool name that is no text (%j) opens nothing', async (name) => {
    expect((await call(serverWith(), 'notes:read', toolCall(name))).status).toBe(403);
  });

  it('a tool may be called __proto__ or constructor, and then its own rule counts', async () => {
    const tools = new Map([['__proto__', ['odd:one']], ['constructor', ['odd:two']]]);
    expect(challengeOf(await call(serverWith({ tools }), 'notes:read', toolCall('__proto__')))).toMatchObject({ scope: 'odd:one' });
    expect(challengeOf(await call(serverWith({ tools }), 'notes:read', toolCall('constructor')))).toMatchObject({ scope: 'odd:two' });
    expect((await call(serverWith({ tools }), 'odd:one', toolCall('__proto__'))).status).toBe(200);
  });

  it('defaultToolScopes opens unlisted tools to whoever holds them', async () => {
    const server = serverWith({ defaultToolScopes: ['notes:admin'] });
    expect(challengeOf(await call(server, 'notes:read', toolCall('anything')))).toMatchObject({ error: 'insufficient_scope', scope: 'notes:admin' });
    expect((await call(server, 'notes:admin', toolCall('anything'))).status).toBe(200);
    expect((await call(server, 'notes:admin', toolCall('list_notes'))).status).toBe(403);
  });

  it('every entry of a batch is checked, and one challenge covers them all', async () => {
    const batch = [{ jsonrpc: '2.0', method: 'notifications/initialized' }, toolCall('list_notes'), toolCall('add_note', {}, 2), toolCall('move_note', {}, 3)];
    const response = await call(serverWith(), 'notes:read', batch);
    expect(response.status).toBe(403);
    expect(challengeOf(response)).toMatchObject({ scope: 'notes:read notes:write notes:delete' });
    expect((await call(serverWith(), 'notes:read', [toolCall('list_notes'), toolCall('drop_database', {}, 2)])).status).toBe(403);
    expect((await call(serverWith(), 'notes:read notes:write notes:delete', batch)).status).toBe(200);
  });

  it('a broader scope counts for a narrower one when the hierarchy says so', async () => {
    const satisfies = (granted: readonly string[], needed: string): boolean => granted.some((scope) => scope === needed || needed.startsWith(`${scope}:`));
    expect((await call(serverWith({ satisfies }), 'notes', toolCall('move_note'))).status).toBe(200);
    expect((await call(serverWith({ satisfies }), 'note', toolCall('move_note'))).status).toBe(403);
  });

  it('other methods need what they are given, and else a valid token only', async () => {
    const server = serverWith({ methods: { 'resources/read': ['files:read'] } });
    expect(challengeOf(await call(server, 'notes:read', { jsonrpc: '2.0', id: 1, method: 'resources/read' }))).toMatchObject({ scope: 'files:read' });
    expect((await call(server, undefined, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(200);
  });

  it('what is judged is what is served: a doubled key cannot show one tool to the guard and another to the server', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add_note","arguments":{}},"params":{"name":"list_notes","arguments":{}}}';
    let text = '';
    const server = protect(
      async (request) => {
        text = await request.text();
        return Response.json({});
      },
      { issuer: issuer.url, resource: RESOURCE, tools: { list_notes: ['notes:read'], add_note: ['notes:write'] }, now: () => NOW * 1000 },
    );
    expect((await call(server, 'notes:read', body)).status).toBe(200);
    expect(text).toContain('list_notes');
    expect(text).not.toContain('add_note');
  });

  it('a body that is not JSON, or too long, goes no further', async () => {
    for (const body of ['{', 'name=list_notes', '\ufeff{}{}', '{"method":"tools/call"']) expect((await call(serverWith(), 'notes:read', body)).status).toBe(400);
    expect((await call(serverWith({ maxBodyBytes: 64 }), 'notes:read', toolCall('list_notes', { pad: 'x'.repeat(64) }))).status).toBe(413);
    expect(reached).toHaveLength(0);
  });

  it('tool code learns who calls and never gets the token, neither by authInfo nor by the request', async () => {
    let request: Request | undefined;
    const server = protect(
      (given, admitted) => {
        request = given;
        reached = [admitted];
        return Response.json({});
      },
      { issuer: issuer.url, resource: RESOURCE, tools: { list_notes: ['notes:read'] }, now: () => NOW * 1000 },
    );
    const token = await issuer.token(RESOURCE, { claims: { act: { sub: 'agt_b', act: { sub: 'agt_a' } } } });
    await server.fetch(mcpRequest(RESOURCE, { token }));
    const { authInfo } = reached[0] as Admitted;
    expect(authInfo.extra.principal).toMatchObject({ sub: 'usr_ada', clientId: 'agt_scribe', agent: 'agt_b', onBehalfOf: 'usr_ada', tenant: 'acme', jti: 'jti_1', grantId: 'grt_1', act: { sub: 'agt_b', act: { sub: 'agt_a' } } });
    expect(authInfo).toMatchObject({ token: '', clientId: 'agt_scribe', scopes: ['notes:read', 'notes:write', 'notes:delete'], expiresAt: NOW + 300 });
    expect(request?.headers.get('authorization')).toBeNull();
    expect(JSON.stringify([authInfo, [...(request?.headers ?? [])]])).not.toContain(token.split('.')[2]);
  });

  const metadataUrl = 'https://agents.example/scribe.json';
  it.each<[string, Record<string, unknown>, object]>([
    ['a user through an agent', { agent: 'agt_scribe' }, { agent: 'agt_scribe', onBehalfOf: 'usr_ada' }],
    ['a user through a client that is no known agent', { act: undefined }, { agent: 'agt_scribe', onBehalfOf: 'usr_ada' }],
    ['an agent that is its client', { sub: 'agt_scribe', act: undefined }, { agent: 'agt_scribe' }],
    ['an agent whose client has another name', { sub: metadataUrl, client_id: metadataUrl, act: undefined, agent: 'agt_scribe' }, { agent: 'agt_scribe' }],
    ['an agent for another agent', { sub: 'agt_chief', client_id: 'agt_scribe' }, { agent: 'agt_scribe', onBehalfOf: 'agt_chief' }],
    ['a server that means something else by "agent"', { agent: { browser: 'x' }, act: undefined }, { agent: 'agt_scribe', onBehalfOf: 'usr_ada' }],
  ])('says on whose authority: %s', async (_, claims, expected) => {
    await serverWith().fetch(mcpRequest(RESOURCE, { token: await issuer.token(RESOURCE, { claims }) }));
    const { agent, onBehalfOf } = (reached[0] as Admitted).authInfo.extra.principal;
    expect({ agent, ...(onBehalfOf !== undefined && { onBehalfOf }) }).toEqual(expected);
  });

  it('hands over the token only where that was chosen, for an exchange', async () => {
    const server = serverWith({ exposeToken: true });
    const token = await issuer.token(RESOURCE);
    await server.fetch(mcpRequest(RESOURCE, { token }));
    expect(reached[0]?.authInfo.token).toBe(token);
  });
});
