import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { sampleResource } from '../../sample/resource.js';
import { type SampleServer, startSampleServer } from '../../sample/server.js';
import { post, challengeOf } from './support/calls.js';
import { NOW, TestIssuer, type TokenParts } from './support/test-issuer.js';

describe('the sample MCP server, protected by a few lines', () => {
  let issuer: TestIssuer;
  let sample: SampleServer;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    sample = await startSampleServer({ port: 0, issuer: issuer.url, now: () => NOW * 1000 });
  });
  afterAll(async () => {
    await sample.close();
    await issuer.close();
  });

  const connect = async (parts: TokenParts, era: 'legacy' | 'auto' | { pin: string }): Promise<Client> => {
    const client = new Client({ name: 'spec', version: '1' }, { versionNegotiation: { mode: era } });
    const token = await issuer.token(sample.url, parts);
    await client.connect(new StreamableHTTPClientTransport(new URL(sample.url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
    return client;
  };
  const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content.map(({ text }) => text).join('\n');

  describe.each([
    ['2025-11-25', 'legacy' as const],
    ['2026-07-28', { pin: '2026-07-28' }],
  ])('a client of %s', (version, era) => {
    const someone = { claims: { sub: `usr_of_${version}` } };

    it('lists the tools, writes a note, reads it and deletes it', async () => {
      const client = await connect(someone, era);
      expect(client.getNegotiatedProtocolVersion()).toBe(version);
      expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual(sampleResource('').tools.map(({ name }) => name).sort());
      const added = await client.callTool({ name: 'add_note', arguments: { text: 'buy ink' } });
      const { note } = added.structuredContent as { note: { id: number } };
      expect(textOf(await client.callTool({ name: 'list_notes' }))).toContain('buy ink');
      expect(textOf(await client.callTool({ name: 'delete_note', arguments: { id: note.id } }))).toContain('buy ink');
      expect(textOf(await client.callTool({ name: 'list_notes' }))).toContain('no notes');
      await client.close();
    });

    it('is told in each answer which agent acted for whom', async () => {
      const client = await connect(someone, era);
      const result = await client.callTool({ name: 'list_notes' });
      expect(textOf(result)).toContain(`agent agt_scribe for usr_of_${version}`);
      expect(result.structuredContent).toMatchObject({ actor: { agent: 'agt_scribe', onBehalfOf: `usr_of_${version}` } });
      await client.close();
    });
  });

  it('shows an agent that acts for itself as that', async () => {
    const client = await connect({ claims: { sub: 'agt_scribe', act: undefined } }, 'auto');
    expect(textOf(await client.callTool({ name: 'list_notes' }))).toContain('agent agt_scribe for itself');
    await client.close();
  });

  it('keeps the notes of one person from another, and of one tenant from another', async () => {
    const ada = await connect({ claims: { sub: 'usr_ada' } }, 'auto');
    await ada.callTool({ name: 'add_note', arguments: { text: 'for Ada only' } });
    for (const claims of [{ sub: 'usr_bob' }, { sub: 'usr_ada', tenant: 'globex' }, { sub: 'usr_ada', tenant: undefined }]) {
      const other = await connect({ claims }, 'auto');
      expect(textOf(await other.callTool({ name: 'list_notes' }))).not.toContain('for Ada only');
      await other.close();
    }
    await ada.close();
  });

  it('says that a note of someone else does not exist', async () => {
    const ada = await connect({ claims: { sub: 'usr_ada' } }, 'auto');
    const { note } = (await ada.callTool({ name: 'add_note', arguments: { text: 'kept' } })).structuredContent as { note: { id: number } };
    const bob = await connect({ claims: { sub: 'usr_bob' } }, 'auto');
    expect(await bob.callTool({ name: 'delete_note', arguments: { id: note.id } })).toMatchObject({ isError: true });
    expect(textOf(await ada.callTool({ name: 'list_notes' }))).toContain('kept');
    await Promise.all([ada.close(), bob.close()]);
  });

  it('refuses a client without the scope, and the client learns which one to ask for', async () => {
    const client = await connect({ claims: { scope: 'notes:read' } }, 'auto');
    await expect(client.callTool({ name: 'delete_note', arguments: { id: 1 } })).rejects.toMatchObject({ name: 'InsufficientScopeError', requiredScope: 'notes:delete' });
    await client.close();
  });

  it('leads a client without a token to the metadata, and on to the issuer', async () => {
    const response = await post(sample.url);
    expect(response.status).toBe(401);
    const { resource_metadata: url = '', ...rest } = challengeOf(response);
    expect(rest).toEqual({ scope: 'notes:read' });
    expect(await (await fetch(url)).json()).toMatchObject({ resource: sample.url, authorization_servers: [issuer.url], resource_name: 'Notes (sample MCP server)' });
  });

  it('turns away web pages of unknown origin, even with a good token', async () => {
    const token = await issuer.token(sample.url);
    expect((await post(sample.url, { token, headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await post(sample.url, { token, headers: { origin: 'http://localhost:6274' } })).status).toBe(200);
  });

  it('answers nothing beside its endpoint', async () => {
    expect((await fetch(new URL('/', sample.url))).status).toBe(404);
    expect((await fetch(new URL('/mcpx', sample.url))).status).toBe(404);
  });

  it('frees its port when its options make no sense', async () => {
    await expect(startSampleServer({ port: 0, issuer: 'http://not-this-machine.example' })).rejects.toThrow(/issuer must be https/);
  });

  it('is registered with scopes and tools that fit together', () => {
    const { scopes, defaultScopes, tools } = sampleResource('https://notes.example/mcp');
    const names = scopes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...defaultScopes, ...tools.flatMap((tool) => tool.scopes)]));
  });
});
