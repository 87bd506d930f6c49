import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brokerUri } from '../../src/commands/resources/hub-resources.js';
import { DefineConnection } from '../../src/commands/connections/define-connection.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { resourceIdOf } from '../../src/commands/derived-ids.js';
import type { TestHub } from '../support/hub.js';

export const KEY = 'the-key-of-the-service-canary';

/** A service that takes a key in a header, an agent that may call it through the hub, and the key in the hub's vault. */
export class KeyedApi {
  /** Keys that calls came with. */
  readonly keys: (string | undefined)[] = [];
  connectionId = '';
  private client = { clientId: '', clientSecret: '' };

  private constructor(readonly origin: string, private readonly server: Server) {}

  static async start(hub: TestHub): Promise<KeyedApi> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const service = new KeyedApi(`http://localhost:${(server.address() as AddressInfo).port}`, server);
    server.on('request', (request, response) => {
      service.keys.push(request.headers['x-key'] as string | undefined);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    const draft = { heldBy: 'tenant', apiKey: { placement: 'header', name: 'x-key' }, origins: [service.origin], routes: [{ methods: ['GET'], path: '/**' }] } as const;
    service.connectionId = (await hub.do(new DefineConnection(hub.issuer, 'keyed', draft, hub.context))).connectionId;
    const agent = await hub.service(resourceIdOf(hub.inside.vault.crypto, hub.context.tenant, brokerUri(hub.issuer)), ['connections:use']);
    service.client = agent;
    await hub.do(new GiveGrant({ agentId: agent.agentId, principal: { kind: 'agent', id: agent.agentId }, resourceId: service.connectionId, scopes: ['use'] }, hub.context));
    await service.keep(hub);
    return service;
  }

  async keep(hub: TestHub, key = KEY): Promise<string> {
    return (await hub.do(new StoreKey(this.connectionId, { kind: 'tenant', id: hub.context.tenant }, { key }, hub.context))).credentialId;
  }

  /** A call of the agent through the hub: its status and code, and whether the service was reached with the key. */
  async call(hub: TestHub): Promise<{ status: number; code: unknown; arrived: boolean }> {
    const { body } = await hub.clientCredentials(this.client, { resource: brokerUri(hub.issuer) });
    const before = this.keys.length;
    const answer = await hub.json(`/connections/keyed/forward/${new URL(this.origin).host}/things`, { headers: { authorization: `Bearer ${String(body['access_token'])}` } });
    return { status: answer.status, code: answer.body['code'], arrived: this.keys.slice(before).includes(KEY) };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
