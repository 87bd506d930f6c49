import { Injectable } from '@nestjs/common';
import { Clients } from '../../commands/agents/clients.js';
import { FindConnection } from '../../commands/connections/find-connection.js';
import { GrantConnection } from '../../commands/connections/grant-connection.js';
import { KeepCredential } from '../../commands/credentials/keep-credential.js';
import { problemOf, scopesOf } from '../../commands/credentials/ready-credential.js';
import { LiveState } from '../../commands/live-state.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { KnownCredential } from '../../domain/credential/credential.decider.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { user } from '../../domain/user/user.decider.js';
import { describeClient } from '../pages/describe-client.js';
import { PageError } from '../browser/page-error.js';
import { type TenantContext, contextOf } from '../http/tenancy.js';
import { readScopes } from '../oauth/resource-parameter.js';
import type { ConnectModel, ConnectSubject } from '../pages/connect-model.js';
import type { FastifyRequest } from 'fastify';

/** What a person is asked on the page that a connect URL opens. */
export interface ConnectQuestion {
  readonly connection: KnownConnection;
  readonly holder: Holder;
  readonly agent: { readonly agentId: string; readonly name: string } | undefined;
  /** That the agent, or whoever comes later, is to have. */
  readonly scopes: readonly string[];
  /** These, and what is held already: the service is asked for all of it. */
  readonly wanted: readonly string[];
  readonly asks: ConnectModel['asks'];
  readonly subject: ConnectSubject;
}

const noService = new PageError(404, 'There is no such service here', 'It may have been removed, or the address is wrong.', 'Go back to the application, or look under “My connections”.');

/** Reads a connect URL for the person who opened it. Throws PageError. */
@Injectable()
export class ConnectQuestions {
  constructor(
    private readonly find: FindConnection,
    private readonly keep: KeepCredential,
    private readonly grants: GrantConnection,
    private readonly clients: Clients,
    private readonly live: LiveState,
  ) {}

  async read(tenant: TenantContext, http: FastifyRequest, name: string, query: URLSearchParams, { userId }: Session): Promise<ConnectQuestion> {
    const connection = await this.find.byName(tenant.id, name);
    if (connection?.status !== 'active' || connection.oauth?.grant === 'client_credentials') throw noService;
    const isShared = connection.heldBy === 'tenant';
    if (isShared && !(await this.isAdmin(tenant.id, userId))) throw new PageError(403, 'This service is shared', 'It is held for everybody here, and an administrator decides who and what may use it.', 'Ask an administrator.');
    const asked = this.scopes(connection, query.get('scope') ?? undefined);
    const agent = await this.agent(tenant, http, connection, query.get('agent') ?? undefined, asked, userId);
    const scopes = agent?.scopes ?? asked;
    const holder: Holder = isShared ? { kind: 'tenant', id: tenant.id } : { kind: 'user', id: userId };
    const { state } = await this.keep.entry(tenant.id, this.keep.idOf(tenant.id, connection.connectionId, holder));
    const held = problemOf(connection, state) === undefined ? scopesOf(connection, state as KnownCredential) : [];
    const isCovered = held.length > 0 && scopes.every((scope) => held.includes(scope));
    return {
      connection, holder, agent, scopes, wanted: [...new Set([...held, ...scopes])], asks: isCovered && agent ? 'nothing' : asksOf(connection),
      subject: {
        service: { title: connection.title, host: hostOf(connection) }, isShared, isLent: connection.lends, scopes: connection.scopes.filter((scope) => scopes.includes(scope.name)),
        ...(agent ? { agent: { name: agent.name, clientHost: agent.clientHost } } : {}),
      },
    };
  }

  private scopes({ scopes, defaultScopes }: KnownConnection, text: string | undefined): readonly string[] {
    const known = scopes.map(({ name }) => name);
    const asked = readScopes(text) ?? [];
    const found = known.filter((name) => (asked.length === 0 ? defaultScopes : asked).includes(name));
    // An agent that asks for what the service does not offer is shown what it could have instead.
    return found.length === 0 ? known : found;
  }

  private async agent(tenant: TenantContext, http: FastifyRequest, connection: KnownConnection, agentId: string | undefined, asked: readonly string[], userId: string) {
    if (agentId === undefined) return undefined;
    const client = /^agt_[\w-]{1,64}$/.test(agentId) ? await this.clients.byAgentId(tenant.id, agentId) : undefined;
    if (!client) throw new PageError(404, 'There is no such agent here', 'It may have been removed, or the address is wrong.', 'Go back to the application and try again.');
    try {
      const scopes = await this.grants.ask(connection, userId, agentId, asked, contextOf(tenant, http));
      return { agentId, scopes, ...describeClient(client) };
    } catch (error) {
      if (error instanceof Refusal) throw new PageError(403, 'This agent may not use this service', 'The policy here does not allow it, or the agent is not active.', 'Ask an administrator.');
      throw error;
    }
  }

  private async isAdmin(tenant: string, userId: string): Promise<boolean> {
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    return state.status === 'active' && state.roles.includes('admin');
  }
}

const asksOf = ({ oauth, apiKey }: KnownConnection): ConnectModel['asks'] => (oauth ? 'away' : apiKey?.placement === 'basic' ? 'password' : 'key');
const hostOf = ({ oauth, origins }: KnownConnection): string => new URL(oauth?.authorizationEndpoint ?? oauth?.tokenEndpoint ?? origins[0] ?? 'https://localhost').host;
