import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DestroyCredential } from '../../commands/credentials/destroy-credential.js';
import { KeepCredential } from '../../commands/credentials/keep-credential.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import { Connections, type ListedConnection } from '../../projections/connections/connections.queries.js';
import { Credentials, type ListedCredential } from '../../projections/credentials/credentials.queries.js';
import { PageError } from '../browser/page-error.js';
import { PostedForms } from '../browser/posted-forms.js';
import { SignInPages } from '../sign-in/sign-in-pages.js';
import { Visitors } from '../browser/visitors.js';
import { sendPage } from '../browser/send-page.js';
import { type TenantContext, asPerson } from '../http/tenancy.js';
import { type MyConnection, myConnectionsPage } from '../pages/my-connections-page.js';
import { basePathOf } from '../pages/safe-url.js';

const MOST_SHOWN = 200;

/** The services that a person has connected and could connect, and how they disconnect one. */
@Controller('my/connections')
export class MyConnectionsController {
  constructor(
    private readonly visitors: Visitors,
    private readonly forms: PostedForms,
    private readonly signIns: SignInPages,
    private readonly connections: Connections,
    private readonly credentials: Credentials,
    private readonly keep: KeepCredential,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async list(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    if (!session) return this.signIns.needed(tenant, http, reply, '/my/connections');
    await this.show(tenant, http, reply, session);
  }

  @Post('disconnect')
  async disconnect(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, fields, session } = await this.forms.fromPerson(http, reply);
    const credentialId = fields.get('credential_id') ?? '';
    const { state } = await this.keep.entry(tenant.id, credentialId);
    const isOwn = state.status !== 'none' && state.holder.kind === 'user' && state.holder.id === session.userId;
    if (!isOwn) throw new PageError(404, 'There is no such connection', 'It may have been disconnected already.', 'Go back to the list.');
    await this.bus.execute(new DestroyCredential(credentialId, 'disconnected', asPerson(tenant, http, session)));
    await this.show(tenant, http, reply, session, credentialId);
  }

  private async show(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, disconnected?: string): Promise<void> {
    const base = basePathOf(tenant.issuer);
    const [offered, held] = await Promise.all([
      this.connections.list(tenant.id, { status: 'active', heldBy: 'user', limit: MOST_SHOWN }),
      this.credentials.list(tenant.id, { holder: { kind: 'user', id: session.userId }, limit: MOST_SHOWN }),
    ]);
    // The read model may be a moment behind what was just made durable.
    const own = new Map(held.items.filter(({ credentialId }) => credentialId !== disconnected).map((credential) => [credential.connectionId, credential]));
    sendPage(reply, 200, myConnectionsPage({
      ...(await this.visitors.ownPage(tenant, http, reply, session)), action: `${base}/my/connections/disconnect`,
      services: offered.items.map((connection) => serviceOf(connection, own.get(connection.connectionId), base)),
      ...(disconnected === undefined ? {} : { notice: 'The service is disconnected, and the access is gone from here.' }),
    }));
  }
}

const serviceOf = (connection: ListedConnection, held: ListedCredential | undefined, base: string): MyConnection => {
  const words = new Map(connection.scopes.map(({ name, description }) => [name, description]));
  const isStale = held && held.status === 'live' && held.connectionEpoch !== connection.epoch;
  const status = held === undefined ? 'none' : isStale ? 'needs_reauth' : held.status === 'live' ? 'connected' : held.status === 'distrusted' ? 'distrusted' : 'needs_reauth';
  return {
    title: connection.title, host: connection.origins[0] === undefined ? '' : new URL(connection.origins[0]).host, status,
    scopes: (held?.scopes ?? connection.scopes.map(({ name }) => name)).map((scope) => words.get(scope) ?? scope),
    ...(status === 'connected' || status === 'distrusted' ? {} : { connectHref: `${base}/connections/${connection.name}/connect` }),
    ...(held ? { since: held.since, lastUsed: held.lastLentAt, credentialId: held.credentialId } : {}),
  };
};
