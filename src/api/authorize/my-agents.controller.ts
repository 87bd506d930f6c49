import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clients } from '../../commands/agents/clients.js';
import { RevokeGrant } from '../../commands/grants/revoke-grant.js';
import { People } from '../../commands/users/people.js';
import { type Session, Sessions } from '../../commands/users/sessions.js';
import { isClientIdUrl } from '../../domain/agent/client-id-url.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { ActiveGrants, type ListedGrant } from '../../projections/active-grants/active-grants.queries.js';
import { readCookie } from '../http/cookies.js';
import { sendPage } from '../http/send-page.js';
import { type TenantContext, Tenancy, contextOf } from '../http/tenancy.js';
import { ResourceParameter } from '../oauth/resource-parameter.js';
import { type MyAgent, myAgentsPage } from '../pages/my-agents-page.js';
import { basePathOf, hostOf } from '../pages/safe-url.js';
import { PageError } from './authorization-error.js';
import { PostedForms } from './posted-forms.js';
import { Transactions } from './transactions.js';

/** What a person has allowed, and how they take it back. */
@Controller('my/agents')
export class MyAgentsController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly sessions: Sessions,
    private readonly transactions: Transactions,
    private readonly forms: PostedForms,
    private readonly grants: ActiveGrants,
    private readonly clients: Clients,
    private readonly resources: ResourceParameter,
    private readonly people: People,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async list(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const session = await this.sessions.find(tenant.id, readCookie(http, tenant, 'session'));
    if (!session) return void reply.code(303).headers({ location: `${basePathOf(tenant.issuer)}/sign-in`, 'cache-control': 'no-store' }).send();
    await this.show(tenant, http, reply, session);
  }

  @Post('revoke')
  async revoke(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const { fields, session } = await this.forms.read(tenant, http, reply);
    const grantId = fields.get('grant_id') ?? '';
    if (!session) throw new PageError(403, 'You are not signed in', 'Nothing was changed.', 'Sign in and try again.');
    try {
      await this.bus.execute(new RevokeGrant(grantId, 'taken back by the person', session.userId, contextOf(tenant, http, { kind: 'user', id: session.userId })));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new PageError(404, 'There is no such access', 'It may have been taken back already.', 'Go back to the list.');
    }
    await this.show(tenant, http, reply, session, grantId);
  }

  private async show(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, revoked?: string): Promise<void> {
    const browser = this.transactions.browser(http, reply, tenant);
    const base = basePathOf(tenant.issuer);
    const { items } = await this.grants.list(tenant.id, { principal: { kind: 'user', id: session.userId }, status: 'active', limit: 200 });
    // The read model may be a moment behind the revocation that was just made durable.
    const agents = await Promise.all(items.filter(({ grantId }) => grantId !== revoked).map((grant) => this.describe(tenant.id, grant)));
    sendPage(reply, 200, myAgentsPage({
      tenantName: tenant.tenant.name, user: await this.people.describe(tenant.id, session.userId), action: `${base}/my/agents/revoke`,
      signOutAction: `${base}/sign-out`, csrf: this.transactions.csrf(tenant, browser, session.digest), agents,
      ...(revoked === undefined ? {} : { notice: 'The access has been taken back.' }),
    }));
  }

  private async describe(tenant: string, { grantId, agentId, resourceId, scopes, since, lastUsedAt }: ListedGrant): Promise<MyAgent> {
    const agent = await this.clients.byAgentId(tenant, agentId);
    const resource = await this.resources.byId(tenant, resourceId);
    const words = new Map(resource?.scopes.map(({ name, description }) => [name, description]));
    return {
      grantId, since, lastUsed: lastUsedAt, name: agent?.name ?? agentId, resource: resource?.name ?? resourceId,
      clientHost: agent ? ((isClientIdUrl(agent.clientId) ? hostOf(agent.clientId) : hostOf(agent.metadata.redirectUris[0] ?? '')) ?? '') : '',
      scopes: scopes.map((scope) => words.get(scope) ?? scope),
    };
  }
}
