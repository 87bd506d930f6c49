import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nodeListener } from '@mandate/mcp';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { adminToken, callerWith } from '../api/admin/admin-rig.js';
import type { Browser } from '../support/browser.js';
import { ConnectionsRig } from './connections-rig.js';

/** The tickets of somebody else: an MCP server that is not ours, behind an authorization server that is not ours either. */
const tickets = () => {
  const server = new McpServer({ name: 'tickets', version: '1.0.0' });
  server.registerTool('find_ticket', { description: 'Finds a ticket', inputSchema: z.object({ number: z.number() }) }, ({ number }) => ({ content: [{ type: 'text', text: `Ticket ${number}: the printer is on fire` }] }));
  return server;
};

describe('an MCP server of somebody else as a connection', () => {
  let rig: ConnectionsRig;
  let ana: Browser;
  let agent: { agentId: string; token: string };
  const seen: { readonly audience: unknown; readonly scope: unknown; readonly authorization: string | undefined }[] = [];

  beforeAll(async () => {
    rig = await ConnectionsRig.start({ registration: true });
    const mcp = nodeListener(createMcpHandler(tickets));
    rig.service.api = async (request, response) => {
      const token = await rig.service.tokenOf(request.headers.authorization);
      seen.push({ audience: token?.aud, scope: token?.scope, authorization: request.headers.authorization });
      if (token?.aud !== `${rig.service.issuer}/api/mcp`) return void response.writeHead(401).end();
      return mcp(request, response);
    };
    ana = await rig.ana();
    agent = await rig.agent(ana);
  });
  afterAll(() => rig.close());

  const connectTo = async (): Promise<Client> => {
    const address = `${rig.hub.issuer}/connections/tickets/forward/${new URL(rig.service.issuer).host}/api/mcp`;
    const client = new Client({ name: 'agent', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers: { authorization: `Bearer ${agent.token}` } } }));
    return client;
  };

  it('is found by its address alone: who gives tokens for it, which scopes there are, and a registration of the hub\'s own (RFC 9728, 8414, 7591)', async () => {
    const admin = callerWith(rig.hub, (await adminToken(rig.hub)).token);
    const { status, body } = await admin.post('/api/connections', { name: 'tickets', title: 'Tickets', mcp_server: `${rig.service.issuer}/api/mcp` });
    expect([status, body]).toEqual([201, expect.objectContaining({
      oauth: expect.objectContaining({ issuer: rig.service.issuer, registration: 'dynamic', resource: `${rig.service.issuer}/api/mcp`, client_id: expect.any(String) }),
      scopes: [{ name: 'read', description: 'read' }, { name: 'write', description: 'write' }], origins: [rig.service.issuer], routes: [{ methods: ['GET', 'POST', 'DELETE'], path: '/api/mcp' }],
    })]);
    expect((body['oauth'] as { client_id: string }).client_id).not.toBe('hub');
    expect(JSON.stringify(body)).not.toMatch(/client_secret"|registration_access_token/);
  });

  it('answers the official MCP client through the hub once the person has connected it, by a token for that server alone', async () => {
    await expect(connectTo()).rejects.toBeDefined();
    expect(seen).toEqual([]);
    const page = await rig.connect(ana, `/connections/tickets/connect?agent=${agent.agentId}&scope=read`);
    expect(page.html).toContain('is connected');
    const client = await connectTo();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['find_ticket']);
    expect(await client.callTool({ name: 'find_ticket', arguments: { number: 7 } })).toMatchObject({ content: [{ text: 'Ticket 7: the printer is on fire' }] });
    await client.close();
    for (const { audience, scope, authorization } of seen) {
      expect({ audience, scope }).toEqual({ audience: `${rig.service.issuer}/api/mcp`, scope: 'read' });
      expect(authorization).not.toContain(agent.token);
    }
    expect((await rig.hub.events('CredentialLent')).length).toBe(seen.length);
  });

  it('left no failure behind', () => expect(rig.hub.inside.failures).toEqual([]));
});
