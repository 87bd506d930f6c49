import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FindConnection } from '../../commands/connections/find-connection.js';
import { FinishConnect } from '../../commands/connections/finish-connect.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { PageError } from '../browser/page-error.js';
import { Visitors } from '../browser/visitors.js';
import { sendAway, sendPage } from '../browser/send-page.js';
import { contextOf } from '../http/tenancy.js';
import { connectedPage } from '../pages/connected-page.js';
import { basePathOf } from '../pages/safe-url.js';
import { queryOf } from './connect-path.js';
import { ConnectQuestions } from './connect-questions.js';

const RETURNED: Partial<Record<RefusalCode, readonly [title: string, what: string]>> = {
  'connect.state_unknown': ['This answer is not known here', 'It was used before, is too old, or was not begun here.'],
  'connect.session_mismatch': ['This was not begun by you', 'Somebody else began it, or it was begun in another browser. Nothing was connected.'],
  'connect.connection_mismatch': ['This answer is for another service', 'Or the service was changed here meanwhile. Nothing was connected.'],
  'connect.answer_invalid': ['The service gave no valid answer', 'What came back could not be believed. Nothing was connected.'],
  'connect.denied': ['Nothing was connected', 'The service says that access was not given.'],
};

/** Where a service sends people back to: one address for each connection, so that no answer can be taken for another's. */
@Controller('connections/:name')
export class CallbackController {
  constructor(
    private readonly visitors: Visitors,
    private readonly questions: ConnectQuestions,
    private readonly find: FindConnection,
    private readonly bus: CommandBus,
  ) {}

  @Get('callback')
  async callback(@Param('name') name: string, @Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    const connection = await this.find.byName(tenant.id, name);
    if (!connection) throw new PageError(404, 'There is no such service here', 'The address is wrong.', 'Begin again under “My connections”.');
    const context = contextOf(tenant, http, session && { kind: 'user', id: session.userId });
    try {
      const { agent } = await this.bus.execute(new FinishConnect({ connectionId: connection.connectionId, query: queryOf(http).toString(), session }, context));
      // The code is in the address that the browser shows and remembers; it is spent, and led away from all the same.
      const query = agent ? `?agent=${encodeURIComponent(agent.agentId)}` : '';
      sendAway(reply, `${basePathOf(tenant.issuer)}/connections/${name}/connected${query}`);
    } catch (error) {
      const [title, what] = (error instanceof Refusal && RETURNED[error.code]) || [];
      if (title === undefined || what === undefined) throw error;
      throw new PageError(400, title, what, 'Begin again: from the application, or under “My connections”.');
    }
  }

  @Get('connected')
  async connected(@Param('name') name: string, @Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    if (!session) throw new PageError(403, 'You are not signed in', 'There is nothing to show.', 'Sign in and look under “My connections”.');
    const { connection, agent } = await this.questions.read(tenant, http, name, queryOf(http), session);
    sendPage(reply, 200, connectedPage({ tenantName: tenant.tenant.name, title: connection.title, agentName: agent?.name, isDone: true, listHref: `${basePathOf(tenant.issuer)}/my/connections` }));
  }
}
