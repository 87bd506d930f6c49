import { DefineConnection } from '../../src/commands/connections/define-connection.js';
import type { ConnectionDraft } from '../../src/commands/connections/connection-drafts.js';
import { brokerUri } from '../../src/commands/resources/hub-resources.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import type { Browser, Page } from '../support/browser.js';
import { authorizeUrl, answerOf, pkce, redeem, signIn } from '../support/code-flow.js';
import { Downstream, type DownstreamOptions } from '../support/downstream.js';
import { follow } from '../support/follow.js';
import { ANA, PUBLIC_CLIENT, type TestHub, startHub } from '../support/hub.js';

export const SECRET = 'downstream-client-secret-canary';
export const SCOPES = [{ name: 'read', description: 'Read your things' }, { name: 'write', description: 'Change your things' }];

/** A hub, a service that is not ours, and a connection between them that nobody has connected yet. */
export class ConnectionsRig {
  private constructor(readonly hub: TestHub, readonly service: Downstream, readonly connectionId: string) {}

  static async start({ hub: given = {}, ...options }: DownstreamOptions & { readonly hub?: Parameters<typeof startHub>[0]; readonly draft?: Partial<ConnectionDraft> } = {}): Promise<ConnectionsRig> {
    const hub = await startHub({ allowLoopback: true, ...given });
    const callback = `${hub.issuer}/connections/service/callback`;
    const client = { client_id: 'hub', client_secret: SECRET, redirect_uris: [callback, `${hub.issuer}/connections/other/callback`], grant_types: ['authorization_code', 'refresh_token', 'client_credentials'], scope: 'openid offline_access read write' };
    const service = await Downstream.start({ clients: [client], ...options });
    const rig = new ConnectionsRig(hub, service, '');
    const connectionId = await rig.define('service', options.draft);
    await hub.user();
    return new ConnectionsRig(hub, service, connectionId);
  }

  draft(change: Partial<ConnectionDraft> = {}): ConnectionDraft {
    return {
      title: 'Service', oauth: { issuer: this.service.issuer, clientId: 'hub' }, clientSecret: SECRET, scopes: SCOPES, defaultScopes: ['read'], origins: [this.service.issuer],
      routes: [{ methods: ['GET'], path: '/api/**' }, { methods: ['POST', 'PUT'], path: '/api/**', scopes: ['write'] }], ...change,
    };
  }

  async define(name: string, change: Partial<ConnectionDraft> = {}): Promise<string> {
    return (await this.hub.do(new DefineConnection(this.hub.issuer, name, this.draft(change), this.hub.context))).connectionId;
  }

  /** Ana, signed in. */
  async ana(person = ANA): Promise<Browser> {
    const browser = this.hub.browser();
    await signIn(browser, await browser.open('/sign-in'), person);
    return browser;
  }

  /** The whole way through the service and back; gives the page at its end. */
  async connect(browser: Browser, path = '/connections/service/connect'): Promise<Page> {
    const asked = await browser.open(path);
    const away = await browser.submit(asked, '/connect', { decision: 'allow' });
    if (away.location === undefined) return away;
    return browser.open(await follow(away.location));
  }

  /** An agent that Ana let call services through the hub, but none of them yet. */
  async agent(browser: Browser, name = 'Assistant'): Promise<{ readonly agentId: string; readonly token: string }> {
    const { agentId } = await this.hub.agent(PUBLIC_CLIENT, name);
    return { agentId, token: await this.token(browser, agentId) };
  }

  /** A token for the hub's door, of an agent that Ana knows or meets now. */
  async token(browser: Browser, clientId: string): Promise<string> {
    const { verifier, challenge } = pkce();
    const resource = brokerUri(this.hub.issuer);
    let page = await browser.open(authorizeUrl(clientId, challenge, { resource, scope: 'connections:use' }));
    if (page.location === undefined) page = await browser.submit(page, '/consent', { decision: 'allow' });
    const { body } = await redeem(this.hub, clientId, { code: answerOf(page).get('code')!, verifier });
    return body['access_token'] as string;
  }

  /** An agent that acts for itself and was let use the connection by an administrator. */
  async robot(scopes: readonly string[], connectionId = this.connectionId): Promise<{ readonly agentId: string; readonly token: string }> {
    const resourceId = (await this.hub.events('ResourceRegistered')).find(({ data }) => (data as { uri: string }).uri === brokerUri(this.hub.issuer))!.data as { resourceId: string };
    const service = await this.hub.service(resourceId.resourceId, ['connections:use']);
    await this.hub.do(new GiveGrant({ agentId: service.agentId, principal: { kind: 'agent', id: service.agentId }, resourceId: connectionId, scopes }, this.hub.context));
    const { body } = await this.hub.clientCredentials(service, { resource: brokerUri(this.hub.issuer) });
    return { agentId: service.agentId, token: body['access_token'] as string };
  }

  /** What the agent gets who calls the service through the hub. */
  async forward(token: string, path: string, init: RequestInit = {}, name = 'service') {
    const host = new URL(this.service.issuer).host;
    const response = await this.hub.fetch(`/connections/${name}/forward/${host}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) } });
    const text = await response.text();
    let body: Record<string, unknown> = {};
    try {
      body = JSON.parse(text) as Record<string, unknown>;
    } catch {
      // Not every answer is JSON.
    }
    return { status: response.status, headers: response.headers, text, body };
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.hub.close();
  }
}
