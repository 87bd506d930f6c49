import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { Clients, type FoundClient } from '../../commands/agents/clients.js';
import { NoteRefusal } from '../../commands/note-refusal.js';
import { identityUri } from '../../commands/resources/hub-resources.js';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { matchesRedirectUri } from '../../domain/agent/redirect-uri.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';
import type { KnownResource } from '../../domain/resource/resource.decider.js';
import { identityScopesOf, isReservedScope } from '../../domain/token/identity-scopes.js';
import { Attempts } from '../http/attempts.js';
import { Form } from '../http/form.js';
import { type TenantContext, contextOf, networkOf } from '../http/tenancy.js';
import { OAuthError } from '../oauth/oauth-error.js';
import { ResourceParameter, readScopes } from '../oauth/resource-parameter.js';
import { RedirectError } from './authorization-error.js';
import { PageError } from '../browser/page-error.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { type Proven, checkBeforeRedirect, checkParameters } from './parameter-checks.js';

const UNKNOWN_CLIENT = new PageError(
  400, 'This application is not known here', 'The link that brought you here names an application that is not registered, or not any more.',
  'Go back to the application and connect again; it may have to register anew.',
);

/** From query to request, in the order that keeps codes safe: client, redirect URI, then everything that may be told to the client. */
@Injectable()
export class AuthorizationRequestReader {
  private readonly documentAttempts = new Attempts(120, 60_000);

  constructor(
    private readonly clients: Clients,
    private readonly resources: ResourceParameter,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly bus: CommandBus,
  ) {}

  /** Throws PageError while the redirect URI is not proven, RedirectError after. */
  async read(tenant: TenantContext, http: FastifyRequest, query: string): Promise<AuthorizationRequest> {
    const form = Form.read(query);
    const clientId = checkBeforeRedirect(form);
    const client = await this.client(tenant, http, clientId);
    const redirectUri = await this.redirectUri(tenant, http, client, form.get('redirect_uri'));
    const proven: Proven = { form, redirectUri, state: form.get('state') };
    const checked = checkParameters(proven);
    const asked = this.asked(proven);
    const resource = await this.resource(tenant, proven, asked);
    const isAboutPerson = resource.uri === identityUri(tenant.issuer);
    return { client, clientId, redirectUri, state: proven.state, resource, isAboutPerson, scopes: this.scopes(resource, proven, asked), query, ...checked };
  }

  private async client(tenant: TenantContext, http: FastifyRequest, clientId: string): Promise<FoundClient> {
    if (/^https?:/i.test(clientId) && this.documentAttempts.take(networkOf(http), this.clock.now()) !== undefined)
      throw new PageError(429, 'Too many requests', 'There were too many requests from your network.', 'Wait a minute and try again.');
    try {
      const found = await this.clients.find(clientId, contextOf(tenant, http));
      // Unknown, retired, of another tenant: one page for all, so that ids can't be tried out (AZ-01).
      if (found.agent.status === 'retired') throw UNKNOWN_CLIENT;
      return found;
    } catch (error) {
      if (error instanceof FetchRefused) throw unreadable;
      if (error instanceof Refusal && error.code === 'registration.closed')
        throw new PageError(403, 'This application is not allowed here', error.message, 'Ask your administrator to allow it.');
      if (error instanceof Refusal) throw error.code === 'agent.unknown' ? UNKNOWN_CLIENT : unreadable;
      throw error;
    }
  }

  private async redirectUri(tenant: TenantContext, http: FastifyRequest, { agentId, agent, unrecorded }: FoundClient, presented: string | undefined): Promise<string> {
    const { redirectUris } = agent.metadata;
    const uri = presented ?? (redirectUris.length === 1 ? redirectUris[0] : undefined);
    if (uri !== undefined && redirectUris.some((registered) => matchesRedirectUri(registered, uri))) return uri;
    if (!unrecorded) {
      const redirectDigest = this.crypto.sha256(presented ?? '');
      await this.bus.execute(new NoteRefusal(
        activityEvents.AuthorizationRefused({ agentId, reason: 'authorization.redirect_mismatch', redirectDigest }), contextOf(tenant, http),
      ));
    }
    throw new PageError(
      400, 'The application asked to send you to an unknown address',
      'The address it gave is not one it has registered, so nothing was sent there.',
      'Go back and try again; if it happens again, tell the makers of the application that the redirect_uri does not match.',
    );
  }

  /** Who names no resource means the tenant's default one; who wants nothing but to know who it is, the hub's own. */
  private async resource(tenant: TenantContext, { form, redirectUri, state }: Proven, asked: readonly string[]): Promise<KnownResource> {
    try {
      const named = await this.resources.read(tenant.id, form.all('resource'));
      const identity = asked.includes('openid') ? await this.resources.byUri(tenant.id, identityUri(tenant.issuer)) : undefined;
      const byDefault = tenant.tenant.defaultResourceId;
      const found = named ?? (identity && asked.every(isReservedScope) ? identity : undefined)
        ?? (byDefault === undefined ? undefined : await this.resources.byId(tenant.id, byDefault)) ?? identity;
      if (found) return found;
    } catch (error) {
      if (error instanceof OAuthError) throw new RedirectError('invalid_target', error.description, { redirectUri, state });
      throw error;
    }
    throw new RedirectError('invalid_target', 'Name a resource (RFC 8707): this tenant has no default one.', { redirectUri, state });
  }

  private asked({ form, redirectUri, state }: Proven): readonly string[] {
    try {
      return readScopes(form.get('scope')) ?? [];
    } catch (error) {
      if (error instanceof OAuthError) throw new RedirectError('invalid_scope', error.description, { redirectUri, state });
      throw error;
    }
  }

  /** Unknown scopes are dropped, as clients send what other servers know; where none is for the resource, its defaults. */
  private scopes(resource: KnownResource, { redirectUri, state }: Proven, asked: readonly string[]): readonly string[] {
    const known = resource.scopes.map(({ name }) => name);
    const forResource = asked.filter((scope) => !isReservedScope(scope));
    const ofResource = forResource.length === 0 ? resource.defaultScopes : forResource.filter((scope) => known.includes(scope));
    const scopes = [...ofResource, ...identityScopesOf(asked)];
    if (scopes.length === 0) throw new RedirectError('invalid_scope', 'The resource knows none of these scopes.', { redirectUri, state });
    return scopes;
  }
}

// One page for every way in which a document can fail: which one it was would let strangers map our network (CM-16).
const unreadable = new PageError(
  400, 'The application could not be checked', 'Its description could not be read from the address that it gave as its name.',
  'Try again in a minute; if it happens again, tell the makers of the application.',
);
