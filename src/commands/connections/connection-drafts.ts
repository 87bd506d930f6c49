import { Injectable } from '@nestjs/common';
import type { ApiKeySettings, ConnectionScope, ConnectionSettings, OAuthSettings, Route } from '../../domain/connection/connection.events.js';
import { filledTemplate } from '../../domain/connection/filled-template.js';
import { USE } from '../../domain/connection/scopes.js';
import { checkServiceUrl } from '../../domain/connection/service-urls.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { type DiscoveredServer, DownstreamOAuth, DownstreamRefused } from '../../domain/ports/downstream-oauth.js';
import { Settings } from '../../domain/ports/settings.js';
import type { GivenSecret } from './connection-secrets.js';

/** What an administrator says of a service; the rest is a template's, found out from the service, or by default. */
export interface ConnectionDraft {
  readonly title?: string | undefined;
  readonly template?: string | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly heldBy?: 'user' | 'tenant' | undefined;
  readonly oauth?: (Partial<OAuthSettings> & { readonly clientId: string }) | undefined;
  /** An MCP server that says itself who gives tokens for it (RFC 9728), where the hub registers itself (RFC 7591). */
  readonly mcpServer?: string | undefined;
  readonly apiKey?: ApiKeySettings | undefined;
  readonly scopes?: readonly ConnectionScope[] | undefined;
  readonly defaultScopes?: readonly string[] | undefined;
  readonly origins?: readonly string[] | undefined;
  readonly routes?: readonly Route[] | undefined;
  readonly lends?: boolean | undefined;
  readonly clientSecret?: string | undefined;
}
export interface ResolvedDraft {
  readonly settings: ConnectionSettings;
  readonly secret: GivenSecret | undefined;
}
/** Where the hub is a client of the service. */
export interface AsClient {
  readonly redirectUri: string;
  readonly clientName: string;
}

const READ_EVERYTHING: readonly Route[] = [{ methods: ['GET', 'HEAD'], path: '/**' }];
const ANY_USE: readonly ConnectionScope[] = [{ name: USE, description: 'Use it as far as the connection allows' }];
/** What a template or the service itself says can't be said otherwise beside it (VA-06). */
const TEMPLATES_OWN = ['issuer', 'authorizationEndpoint', 'tokenEndpoint', 'revocationEndpoint', 'jwksUri', 'grant', 'resource', 'answersWithIssuer'] as const;

/** From what an administrator wrote to settings that leave nothing open. What is found out from the service is written down: it does not change by itself. */
@Injectable()
export class ConnectionDrafts {
  constructor(private readonly downstream: DownstreamOAuth, private readonly settings: Settings) {}

  /** Throws Refusal('connection.invalid'). */
  async resolve(draft: ConnectionDraft, self: AsClient): Promise<ResolvedDraft> {
    if (draft.template !== undefined) return this.fromTemplate(draft, draft.template);
    if (draft.mcpServer !== undefined) return this.fromMcpServer(draft, draft.mcpServer, self);
    if (draft.apiKey) return { settings: { ...this.common(draft), apiKey: draft.apiKey, lends: draft.lends ?? false }, secret: undefined };
    if (!draft.oauth) throw new Refusal('connection.invalid', 'Say how the service is reached: a template, an MCP server, oauth or api_key.');
    return this.fromOAuth(draft, draft.oauth);
  }

  private fromTemplate(draft: ConnectionDraft, name: string): ResolvedDraft {
    const own = TEMPLATES_OWN.find((member) => draft.oauth?.[member] !== undefined);
    if (own !== undefined || draft.origins || draft.mcpServer !== undefined || draft.apiKey)
      throw new Refusal('connection.invalid', 'Where a template leads is the template\'s to say. Leave its endpoints and origins out, or define the connection without it.');
    if (!draft.oauth) throw new Refusal('connection.invalid', 'Give the client that was registered at the service: oauth with a client_id.');
    const { title, oauth, settings } = filledTemplate(name, draft.variables ?? {});
    return this.withSecret(draft, {
      ...settings, ...this.common({ ...draft, title: draft.title ?? title, scopes: draft.scopes ?? settings.scopes, defaultScopes: draft.defaultScopes ?? settings.defaultScopes, origins: settings.origins, routes: draft.routes ?? settings.routes }),
      oauth: { grant: 'authorization_code', registration: 'manual', ...oauth, ...present(draft.oauth) } as OAuthSettings,
    });
  }

  private async fromOAuth(draft: ConnectionDraft, given: Partial<OAuthSettings> & { readonly clientId: string }): Promise<ResolvedDraft> {
    const found = given.tokenEndpoint === undefined && given.issuer !== undefined ? endpointsOf(await this.discover(given.issuer)) : {};
    if (given.tokenEndpoint === undefined && given.issuer === undefined) throw new Refusal('connection.invalid', 'Give the issuer of the service, or its endpoints.');
    const oauth = { grant: 'authorization_code', answersWithIssuer: false, clientAuthentication: 'client_secret_basic', authorizeParameters: [], scopeSeparator: 'space', ...found, ...present(given), registration: 'manual' };
    return this.withSecret(draft, { ...this.common(draft), oauth: oauth as unknown as OAuthSettings });
  }

  private async fromMcpServer(draft: ConnectionDraft, url: string, { redirectUri, clientName }: AsClient): Promise<ResolvedDraft> {
    if (draft.oauth || draft.apiKey) throw new Refusal('connection.invalid', 'An MCP server says itself how it is reached: leave oauth and api_key out.');
    checkServiceUrl(url, 'mcp_server', this.settings.allowLoopback);
    const { resource, issuer, scopes } = await this.asked(() => this.downstream.discoverResource(url));
    const server = await this.discover(issuer);
    const offered = draft.scopes ?? (scopes.length === 0 ? undefined : scopes.map((name) => ({ name, description: name })));
    const client = await this.asked(() => this.downstream.register(server, { redirectUri, name: clientName, scopes: (offered ?? []).map(({ name }) => name) }));
    const { clientSecret, ...registered } = client;
    const oauth: OAuthSettings = {
      grant: 'authorization_code', authorizeParameters: [], scopeSeparator: 'space', ...endpointsOf(server), ...registered, registration: 'dynamic', resource,
      ...(server.scopes.includes('offline_access') ? { extraScopes: ['offline_access'] } : {}),
    };
    const { origin, pathname } = new URL(resource);
    const mcp: readonly Route[] = [{ methods: ['GET', 'POST', 'DELETE'], path: pathname === '/' ? '/**' : pathname }];
    const settings = { ...this.common({ ...draft, scopes: offered, origins: draft.origins ?? [origin], routes: draft.routes ?? mcp }), oauth, lends: draft.lends ?? true };
    return { settings, secret: clientSecret === undefined ? undefined : { kind: 'client_secret', value: clientSecret } };
  }

  private common({ title, heldBy = 'user', scopes = ANY_USE, defaultScopes, origins = [], routes = READ_EVERYTHING }: ConnectionDraft): Omit<ConnectionSettings, 'oauth' | 'apiKey' | 'lends'> {
    return { title: title ?? 'A service', heldBy, scopes, defaultScopes: defaultScopes ?? scopes.slice(0, 1).map(({ name }) => name), origins, routes };
  }

  private withSecret(draft: ConnectionDraft, settings: Omit<ConnectionSettings, 'lends'>): ResolvedDraft {
    const { clientAuthentication, grant } = settings.oauth!;
    const heldBy = grant === 'client_credentials' ? 'tenant' as const : settings.heldBy;
    if (clientAuthentication === 'private_key_jwt' && draft.clientSecret !== undefined) throw new Refusal('connection.invalid', 'The private key is made here and never leaves; no secret is given with it.');
    const secret: GivenSecret | undefined = clientAuthentication === 'private_key_jwt' ? { kind: 'private_key' } : draft.clientSecret === undefined ? undefined : { kind: 'client_secret', value: draft.clientSecret };
    return { settings: { ...settings, heldBy, lends: draft.lends ?? true }, secret };
  }

  private discover(issuer: string): Promise<DiscoveredServer> {
    checkServiceUrl(issuer, 'issuer', this.settings.allowLoopback);
    return this.asked(() => this.downstream.discoverServer(issuer));
  }

  private async asked<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof DownstreamRefused) throw new Refusal('connection.invalid', `The service could not be asked how it is reached. ${error.message}`);
      throw error;
    }
  }
}

const endpointsOf = ({ issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint, jwksUri, answersWithIssuer }: DiscoveredServer) =>
  present({ issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint, jwksUri, answersWithIssuer }) as Pick<OAuthSettings, 'issuer' | 'tokenEndpoint' | 'answersWithIssuer'>;

const present = (given: object): object => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
