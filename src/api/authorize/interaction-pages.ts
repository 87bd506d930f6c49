import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from '../../commands/sign-in/sessions.js';
import { isClientIdUrl } from '../../domain/agent/client-id-url.js';
import { IDENTITY_SCOPES } from '../../domain/token/identity-scopes.js';
import type { TenantContext } from '../http/tenancy.js';
import { People } from '../../commands/users/people.js';
import { describeRedirect } from '../pages/consent-model.js';
import { consentPage } from '../pages/consent-page.js';
import { basePathOf, hostOf } from '../pages/safe-url.js';
import type { AuthorizationRequest } from './authorization-request.js';
import type { ConsentQuestion } from './consent-question.js';
import { SignInPages } from '../sign-in/sign-in-pages.js';
import { StepUpPages } from '../sign-in/step-up-pages.js';
import { Transactions } from '../browser/transactions.js';

/** Fills the pages that an authorization passes through. */
@Injectable()
export class InteractionPages {
  constructor(
    private readonly transactions: Transactions,
    private readonly people: People,
    private readonly signIns: SignInPages,
    private readonly stepUp: StepUpPages,
  ) {}

  async signIn(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, request: AuthorizationRequest): Promise<void> {
    const client = { clientName: request.client.agent.name, clientHost: this.clientHost(request), isAboutPerson: request.isAboutPerson };
    const next = `?${request.query}`;
    // A client that wants a sign-in of its own gets a whole one.
    return request.prompt.has('login') ? this.signIns.send(tenant, http, reply, next, client) : this.signIns.needed(tenant, http, reply, next, client);
  }

  /** One factor more, for as much as the client and the policy want. */
  factor(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, request: AuthorizationRequest, session: Session): Promise<void> {
    return this.stepUp.send(tenant, http, reply, session, { next: `?${request.query}`, level: Math.max(request.level, 2) });
  }

  async consent(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, request: AuthorizationRequest, question: ConsentQuestion, session: Session): Promise<string> {
    const browser = this.transactions.browser(http, reply, tenant);
    const model = this.consentModel(request, question);
    return consentPage({
      ...model,
      scopes: model.scopes.map((scope) => ({ ...scope, required: question.required.includes(scope.name), agreedBefore: question.agreed.includes(scope.name) })),
      tenantName: tenant.tenant.name, action: `${basePathOf(tenant.issuer)}/consent`, switchAction: `${basePathOf(tenant.issuer)}/sign-out`,
      csrf: this.transactions.csrf(tenant, browser, session.digest), transaction: this.transactions.seal(tenant, browser, `?${request.query}`),
      user: await this.people.describe(tenant.id, session.userId),
    });
  }

  /** What the person agrees to, as both the page and the recorded text have it. */
  consentModel(request: AuthorizationRequest, { agreed, scopes }: Pick<ConsentQuestion, 'agreed' | 'scopes'>) {
    const { client, clientId, resource, isAboutPerson, redirectUri } = request;
    return {
      agent: { name: client.agent.name, clientHost: this.clientHost(request), clientId, verified: client.agent.method === 'admin' },
      ...describeRedirect(redirectUri),
      resource: { name: resource.name, uri: resource.uri },
      isAboutPerson,
      scopes: [...resource.scopes, ...IDENTITY_SCOPES].filter(({ name }) => scopes.includes(name)),
      isNewClient: agreed.length === 0,
      refreshable: client.agent.metadata.grantTypes.includes('refresh_token'),
    };
  }

  /** Whose word the client is: the host of its metadata document, or where its codes go. */
  private clientHost({ clientId, redirectUri }: AuthorizationRequest): string {
    return (isClientIdUrl(clientId) ? hostOf(clientId) : undefined) ?? describeRedirect(redirectUri).redirectHost;
  }
}
