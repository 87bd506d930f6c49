import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CommandContext } from '../../commands/command-context.js';
import { BeginConnect } from '../../commands/connections/begin-connect.js';
import { GrantConnection } from '../../commands/connections/grant-connection.js';
import { StoreKey } from '../../commands/credentials/store-key.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { PageError } from '../browser/page-error.js';
import { PostedForms } from '../browser/posted-forms.js';
import { SignInPages } from '../sign-in/sign-in-pages.js';
import { Visitors } from '../browser/visitors.js';
import type { Form } from '../http/form.js';
import { sendAway, sendPage } from '../browser/send-page.js';
import { type TenantContext, asPerson } from '../http/tenancy.js';
import { connectPage } from '../pages/connect-page.js';
import { connectText } from '../pages/connect-text.js';
import { connectedPage } from '../pages/connected-page.js';
import { basePathOf } from '../pages/safe-url.js';
import { connectPath, queryOf } from './connect-path.js';
import { type ConnectQuestion, ConnectQuestions } from './connect-questions.js';

/** Where a person connects a service, alone or because an agent asked for it. */
@Controller('connections/:name/connect')
export class ConnectController {
  constructor(
    private readonly visitors: Visitors,
    private readonly forms: PostedForms,
    private readonly signIns: SignInPages,
    private readonly questions: ConnectQuestions,
    private readonly grants: GrantConnection,
    private readonly crypto: Crypto,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async page(@Param('name') name: string, @Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    const path = connectPath(name, queryOf(http));
    if (!session) return this.signIns.needed(tenant, http, reply, path);
    const question = await this.questions.read(tenant, http, name, queryOf(http), session);
    sendPage(reply, 200, await this.ask(tenant, http, reply, session, { path, question }));
  }

  @Post()
  async decide(@Param('name') name: string, @Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, fields, session, next } = await this.forms.fromPerson(http, reply);
    // What was shown is what is done: agent and scopes come out of the sealed path, never out of the form.
    const path = await next();
    const shown = new URL(path, tenant.issuer).searchParams;
    if (connectPath(name, shown) !== path) throw new PageError(400, 'This page is not valid any more', 'It was made for another service.', 'Begin again.');
    const question = await this.questions.read(tenant, http, name, shown, session);
    if (fields.get('decision') !== 'allow') return this.done(tenant, reply, question, false);
    const context = asPerson(tenant, http, session);
    const agent = question.agent && { agentId: question.agent.agentId, scopes: question.scopes, consentDigest: this.crypto.sha256(connectText(question.subject)) };
    if (question.asks === 'away') {
      const wish = { issuer: tenant.issuer, connectionId: question.connection.connectionId, holder: question.holder, session, scopes: question.wanted, agent };
      const { url } = await this.bus.execute(new BeginConnect(wish, context));
      return sendAway(reply, url);
    }
    const error = question.asks === 'nothing' ? undefined : await this.store(question, fields, context);
    if (error !== undefined) return sendPage(reply, 422, await this.ask(tenant, http, reply, session, { path, question, error }));
    if (agent) await this.grants.give(question.connection, session.userId, agent, context);
    return this.done(tenant, reply, question, true);
  }

  /** What is wrong with the key, in a sentence; undefined when it is stored. */
  private async store({ connection, holder, asks }: ConnectQuestion, fields: Form, context: CommandContext): Promise<string | undefined> {
    const given = asks === 'key' ? { key: fields.get('key') ?? '' } : { username: fields.get('username') ?? '', password: fields.get('password') ?? '' };
    try {
      await this.bus.execute(new StoreKey(connection.connectionId, holder, given, context));
      return undefined;
    } catch (error) {
      if (error instanceof Refusal && /^(credential\.invalid|connection\.secret_reference)$/.test(error.code)) return error.message;
      throw error;
    }
  }

  private async ask(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, { path, question, error }: { path: string; question: ConnectQuestion; error?: string }): Promise<string> {
    const base = basePathOf(tenant.issuer);
    return connectPage({
      ...question.subject, asks: question.asks, error, ...(await this.visitors.frame(tenant, http, reply, session)),
      action: `${base}/connections/${question.connection.name}/connect`, switchAction: `${base}/sign-out`, transaction: this.visitors.seal(tenant, http, reply, path),
    });
  }

  private done({ issuer, tenant }: TenantContext, reply: FastifyReply, { connection, agent }: ConnectQuestion, isDone: boolean): void {
    sendPage(reply, 200, connectedPage({ tenantName: tenant.name, title: connection.title, agentName: agent?.name, isDone, listHref: `${basePathOf(issuer)}/my/connections` }));
  }
}
