import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LedgerUnreadable } from '../../domain/ports/ledger.js';
import { SecretMissing } from '../../domain/ports/secret-store.js';
import { PageError } from '../browser/page-error.js';
import { sendPage } from '../browser/send-page.js';
import { type Answer, JSON_HEADERS } from '../http/answer.js';
import type { ErrorAnswers } from '../http/error-answers.js';
import { errorPage } from '../pages/error-page.js';
import { asOAuthError } from './as-oauth-error.js';
import { asProblem } from './problem.js';
import { spreadRetries } from './retry-after.js';

/** What failed inside, for the operator's log; a refusal is no failure. */
export type ReportFailure = (error: unknown, requestId: string) => void;

const PAGES = /^\/($|authorize|sign-in(?!\/with\/[^/]+\/logout$)|sign-out|signed-out$|consent|my(\/|$)|connections\/[^/]+\/connect(ed)?$|connections\/[^/]+\/callback$)/;
const API = /^\/(api|events|health|metrics|connections)(\/|$)/;

/** A mistake, or what no patience mends: a caller is only told to come again. */
const isForOperator = (error: unknown, status: number): boolean => status === 500 || error instanceof LedgerUnreadable || error instanceof SecretMissing;

/** Answers in the form that the caller of each path can read: a page, problem+json, or OAuth JSON. */
@Catch()
export class ErrorsFilter implements ExceptionFilter, ErrorAnswers {
  constructor(private readonly report: ReportFailure) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for what the router turns away before any of our code sees it. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    // A stream that has begun can't change its mind; the socket is closed by its own handler.
    if (reply.sent || reply.raw.headersSent) return;
    const path = (request.url.split('?')[0] ?? '/');
    if (PAGES.test(path)) this.page(error, request, reply);
    else if (API.test(path)) this.problem(error, request, reply);
    else this.oauth(error, request, reply);
  }

  private oauth(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, headers, body } = this.oauthAnswer(error, request.id);
    void reply.code(status).headers(headers).send(body);
  }

  oauthAnswer(error: unknown, requestId: string): Answer {
    const answer = asOAuthError(error);
    if (isForOperator(error, answer.status)) this.report(error, requestId);
    return {
      status: answer.status, headers: { ...JSON_HEADERS, ...spreadRetries(answer.headers, requestId) },
      body: JSON.stringify({ error: answer.error, error_description: answer.description, ...answer.more }),
    };
  }

  private problem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, code, title, detail, headers = {}, more = {} } = asProblem(error);
    if (isForOperator(error, status)) this.report(error, request.id);
    void reply.code(status).headers({ 'cache-control': 'no-store', ...spreadRetries(headers, request.id), 'content-type': 'application/problem+json' })
      .send(JSON.stringify({ type: 'about:blank', title, status, detail, code, requestId: request.id, ...more }));
  }

  private page(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (error instanceof PageError) {
      const { status, title, what, todo } = error;
      return sendPage(reply, status, errorPage({ title, what, todo, requestId: request.id }));
    }
    const { status, title, detail, headers = {} } = asProblem(error);
    if (isForOperator(error, status)) this.report(error, request.id);
    reply.headers(spreadRetries(headers, request.id));
    sendPage(reply, status, errorPage({ title, what: detail, todo: 'Go back to the application and try again.', requestId: request.id }));
  }
}
