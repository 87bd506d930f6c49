import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { FindConnection } from '../../commands/connections/find-connection.js';
import { CheckCredential } from '../../commands/credentials/check-credential.js';
import { ApprovedLoans } from '../../commands/approvals/approved-loans.js';
import type { Loan } from '../../commands/credentials/lend-order.js';
import { connectionIdOf } from '../../commands/derived-ids.js';
import { InspectToken } from '../../commands/tokens/inspect-token.js';
import { TOKEN_EXCHANGE } from '../../commands/tokens/token-refused.js';
import { SYSTEM } from '../../domain/kernel/event.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type OutboundAnswer, OutboundHttp } from '../../domain/ports/outbound-http.js';
import { actorsOf } from '../../domain/token/delegation.js';
import { ApiProblem } from '../errors/problem.js';
import { type TenantContext, Tenancy, contextOf } from '../http/tenancy.js';
import { type ForwardCaller, ForwardCallers } from './forward-callers.js';
import { tooLarge } from './forward-problems.js';
import { type ForwardTarget, forwardTarget } from './forward-target.js';
import { returnedHeaders, sentHeaders, tellingHeaders } from './forwarded-headers.js';
import { type Injection, injectionOf, queryWith } from './injection.js';
import { bounded, screened } from './secret-screen.js';

const MOST_SENT = 10_485_760;
const MOST_RETURNED = 104_857_600;
/** Milliseconds until the service has begun to answer, and until it has ended: an answer may be a stream of events. */
const PATIENCE = 60_000;
const DEADLINE = 600_000;

/** One call of a service in an agent's name: the hub adds the credential, and the agent never sees it. */
@Injectable()
export class ForwardEndpoint {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly callers: ForwardCallers,
    private readonly inspect: InspectToken,
    private readonly find: FindConnection,
    private readonly lending: ApprovedLoans,
    private readonly check: CheckCredential,
    private readonly outbound: OutboundHttp,
    private readonly crypto: Crypto,
  ) {}

  async forward(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(request);
    const caller = await this.callers.of(tenant, request);
    const { name } = request.params as { name: string };
    const connection = await this.find.byName(tenant.id, name);
    const target = connection && forwardTarget(connection, request.method, behindForward(request.url));
    const loan = await this.lend(tenant, request, caller, { name, target });
    // It was lent, so there is a target.
    await this.call(tenant, request, reply, loan, { ...(target as ForwardTarget), base: `${tenant.issuer}/connections/${name}/forward/` });
  }

  private lend(tenant: TenantContext, request: FastifyRequest, { claims, standing }: ForwardCaller, { name, target }: { name: string; target: ReturnType<typeof forwardTarget> | undefined }): Promise<Loan> {
    const principal = this.inspect.principal(claims);
    const firstGrant = principal.kind === 'user' ? 'authorization_code' : 'client_credentials';
    const isTarget = typeof target === 'object';
    return this.lending.lend({
      issuer: tenant.issuer, connectionId: connectionIdOf(this.crypto, tenant.id, name), connectionName: name, agentId: claims.agent, principal, actors: actorsOf(claims.act),
      grantType: standing.ancestors > 0 ? TOKEN_EXCHANGE : (claims.gty ?? firstGrant), attestedBy: standing.attestedBy, scopes: isTarget ? target.route.scopes : undefined, purpose: 'forward',
      call: isTarget ? { method: request.method, origin: target.origin, route: target.route.path, address: `${target.origin}${target.path}?${target.query}`, headers: tellingHeaders(request.headers), hasBody: hasBody(request) } : { method: request.method },
      ...(typeof target === 'string' ? { objection: target } : {}),
      jti: claims.jti, standing, agreedAt: claims.auth_time, methods: claims.amr, context: contextOf(tenant, request, this.inspect.actor(claims)),
    });
  }

  private async call(tenant: TenantContext, request: FastifyRequest, reply: FastifyReply, loan: Loan, { origin, path, query, base }: ForwardTarget & { readonly base: string }): Promise<void> {
    const injection = injectionOf(loan.connection, loan.secret);
    const leaving = new AbortController();
    reply.raw.once('close', () => leaving.abort());
    // Gone while it was decided: nobody says so a second time.
    if (reply.raw.destroyed) leaving.abort();
    const full = queryWith(query, injection);
    const isSent = hasBody(request);
    const answer = await this.outbound.request({
      method: request.method, url: `${origin}${path}${full === '' ? '' : `?${full}`}`, patience: PATIENCE, deadline: DEADLINE, signal: leaving.signal,
      headers: { ...this.sent(request, injection, isSent), ...(injection.header === undefined ? {} : { [injection.header]: injection.value }) },
      body: isSent ? bounded(request.body as Readable, MOST_SENT, tooLarge) : undefined,
    });
    if (answer.status === 401) this.check.soon(loan.connection, loan.credentialId, contextOf(tenant, request, SYSTEM));
    this.answer(reply, loan, answer, { ...injection, origin, base });
  }

  private sent(request: FastifyRequest, { header = '' }: Injection, hasBody: boolean): Readonly<Record<string, string>> {
    const { 'content-length': length, ...headers } = sentHeaders(request.headers, header);
    return hasBody && length !== undefined ? { ...headers, 'content-length': length } : headers;
  }

  private answer(reply: FastifyReply, loan: Loan, answer: OutboundAnswer, { secrets, origin, base }: Injection & { readonly origin: string; readonly base: string }): void {
    if (!/^(identity)?$/i.test(String(answer.headers['content-encoding'] ?? ''))) {
      answer.discard();
      throw new ApiProblem({ status: 502, code: 'service.unreadable', title: 'Not readable', detail: 'The service packed its answer although it was asked not to, so it could not be looked through.' });
    }
    const headers = returnedHeaders(answer.headers, secrets);
    // Nothing is followed here. Where it stays at the service, the agent can follow it through the hub.
    const location = typeof headers['location'] === 'string' && headers['location'].startsWith(`${origin}/`) ? { location: `${base}${headers['location'].slice(origin.indexOf('//') + 2)}` } : {};
    const body = screened(bounded(answer.body, MOST_RETURNED, () => new Error('the answer is too large')), secrets);
    void reply.code(answer.status).headers({ ...headers, ...location, 'mandate-lend-id': loan.lendId }).send(Readable.from(body, { objectMode: false }));
  }
}

const hasBody = ({ method, body }: FastifyRequest): boolean => !/^(GET|HEAD)$/.test(method) && body instanceof Readable;

/** The rest of the path as it was written, not as a router would decode it. */
const behindForward = (url: string): string => /^\/connections\/[^/]+\/forward\/(.*)$/s.exec(url)?.[1] ?? '';
