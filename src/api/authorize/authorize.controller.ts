import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizeAgent } from '../../commands/authorization/authorize-agent.js';
import { DenyConsent } from '../../commands/authorization/deny-consent.js';
import { type Session, Sessions } from '../../commands/sign-in/sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { levelOf } from '../../domain/user/authentication.js';
import { Clock } from '../../domain/ports/clock.js';
import { readCookie } from '../browser/cookies.js';
import { sendPage } from '../browser/send-page.js';
import { type TenantContext, Tenancy, asPerson } from '../http/tenancy.js';
import { consentText } from '../pages/consent-text.js';
import { answerClient } from './authorization-answer.js';
import { RedirectError, interactionRequired } from './authorization-error.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { AuthorizationRequestReader } from './authorization-request-reader.js';
import { type ConsentQuestion, ConsentQuestions } from './consent-question.js';
import { InteractionPages } from './interaction-pages.js';
import { type PostedForm, PostedForms } from '../browser/posted-forms.js';

/** RFC 6749 section 3.1: who is it, may it be, do they agree; then a code. Each step reads the request from the start again. */
@Controller()
export class AuthorizeController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly requests: AuthorizationRequestReader,
    private readonly sessions: Sessions,
    private readonly forms: PostedForms,
    private readonly questions: ConsentQuestions,
    private readonly pages: InteractionPages,
    private readonly clock: Clock,
    private readonly bus: CommandBus,
  ) {}

  @Get('authorize')
  async authorize(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    await this.redirecting(tenant, reply, async () => {
      const request = await this.requests.read(tenant, http, http.url.split('?').slice(1).join('?'));
      const session = await this.session(tenant, http, request);
      if (session) return this.proceed(tenant, http, reply, request, session);
      if (request.prompt.has('none')) throw new RedirectError('login_required', 'Nobody is signed in.', request);
      return this.pages.signIn(tenant, http, reply, request);
    });
  }

  @Post('consent')
  async consent(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const form = await this.forms.read(tenant, http, reply);
    const query = (await form.next()).replace(/^\?/, '');
    await this.redirecting(tenant, reply, async () => {
      const request = await this.requests.read(tenant, http, query);
      if (!form.session) return this.pages.signIn(tenant, http, reply, request);
      return this.decided(tenant, http, reply, request, form.session, form);
    });
  }

  private async proceed(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, request: AuthorizationRequest, session: Session): Promise<void> {
    const question = await this.questions.of(asPerson(tenant, http, session), request, session);
    if (lacksFactor(question, request, session)) {
      if (request.prompt.has('none')) throw interactionRequired(request);
      return this.pages.factor(tenant, http, reply, request, session);
    }
    if (!question.isNeeded) return this.grant(tenant, http, reply, { ...request, scopes: question.scopes }, session, undefined);
    if (request.prompt.has('none')) throw new RedirectError('consent_required', 'Consent is needed.', request);
    sendPage(reply, 200, await this.pages.consent(tenant, http, reply, request, question, session));
  }

  private async decided(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, request: AuthorizationRequest, session: Session, { fields }: PostedForm): Promise<void> {
    const { client, resource } = request;
    const context = asPerson(tenant, http, session);
    const question = await this.questions.of(context, request, session);
    if (lacksFactor(question, request, session)) return this.pages.factor(tenant, http, reply, request, session);
    const ticked = fields.all('scope');
    const chosen = question.scopes.filter((scope) => question.required.includes(scope) || ticked.includes(scope));
    if (fields.get('decision') !== 'allow' || chosen.length === 0) {
      await this.bus.execute(new DenyConsent({ agentId: client.agentId, userId: session.userId, resourceId: resource.resourceId, scopes: question.scopes }, context));
      throw new RedirectError('access_denied', 'The person said no.', request);
    }
    const agreedTo = consentText(this.pages.consentModel(request, { ...question, scopes: chosen }));
    await this.grant(tenant, http, reply, { ...request, scopes: chosen }, session, agreedTo);
  }

  private async grant(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, request: AuthorizationRequest, session: Session, text: string | undefined): Promise<void> {
    const { client, resource, scopes, redirectUri, codeChallenge, nonce } = request;
    const wish = { client, session, resourceId: resource.resourceId, scopes, redirectUri, codeChallenge, nonce, consentText: text };
    try {
      const { code } = await this.bus.execute(new AuthorizeAgent(wish, asPerson(tenant, http, session)));
      answerClient(reply, tenant, request, { code });
    } catch (error) {
      if (error instanceof Refusal) throw new RedirectError('access_denied', error.message, request);
      throw error;
    }
  }

  /** The session, unless the client wants a fresher sign-in than it had (OIDC prompt=login, max_age). */
  private async session(tenant: TenantContext, http: FastifyRequest, { prompt, maxAge }: AuthorizationRequest): Promise<Session | undefined> {
    const session = await this.sessions.find(tenant.id, readCookie(http, tenant, 'session'));
    const tooOld = maxAge !== undefined && session !== undefined && this.clock.seconds() - session.authTime > maxAge;
    return tooOld || prompt.has('login') ? undefined : session;
  }

  private async redirecting(tenant: TenantContext, reply: FastifyReply, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      answerClient(reply, tenant, error.to, { error: error.error, error_description: error.description });
    }
  }
}

/** Policy or the client wants more than how the person signed in. */
const lacksFactor = ({ needsFactor }: ConsentQuestion, { level }: AuthorizationRequest, { methods }: Session): boolean => needsFactor === true || levelOf(methods) < level;
