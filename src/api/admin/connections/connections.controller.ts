import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ChangeConnection } from '../../../commands/connections/change-connection.js';
import { DefineConnection } from '../../../commands/connections/define-connection.js';
import { connectionTemplates } from '../../../domain/connection/templates.js';
import { Connections } from '../../../projections/connections/connections.queries.js';
import type { CallAt, CallOf } from '../endpoint.js';
import { ListAnswer } from '../list-answer.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type ConnectionView, connectionView, listedConnectionView, templateView } from './connection-view.js';
import { connectionEndpoints as endpoints } from './connections.endpoints.js';
import { draftOf } from './draft-of.js';

/** The services that agents are lent access to. */
@Controller()
export class ConnectionsController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly connections: Connections,
    private readonly answer: ListAnswer,
  ) {}

  @On(endpoints.templates)
  async templates() {
    return { items: connectionTemplates.map(templateView), next: null };
  }

  @On(endpoints.list)
  list(call: CallOf<typeof endpoints.list>) {
    const { status, held_by, q } = call.query;
    return this.answer.of('connections', call, call.query, (paging) =>
      this.connections.list(call.tenant.id, { ...paging, status, heldBy: held_by, search: q }), listedConnectionView);
  }

  @On(endpoints.read)
  read(call: CallOf<typeof endpoints.read>): Promise<ConnectionView> {
    return this.view(call);
  }

  @On(endpoints.define)
  async define(call: CallOf<typeof endpoints.define>): Promise<ConnectionView> {
    const { name, ...draft } = call.body;
    const { connectionId, position } = await this.bus.execute(new DefineConnection(call.tenant.issuer, name, draftOf(draft), call.context));
    call.wrote(position);
    return this.view(Object.assign(call, { parameters: { connection_id: connectionId } }));
  }

  @On(endpoints.redefine)
  redefine(call: CallOf<typeof endpoints.redefine>): Promise<ConnectionView> {
    return this.change(call, { type: 'Redefine', issuer: call.tenant.issuer, draft: draftOf(call.body) });
  }

  @On(endpoints.setSecret)
  setSecret(call: CallOf<typeof endpoints.setSecret>): Promise<ConnectionView> {
    const { client_secret } = call.body;
    return this.change(call, { type: 'SetSecret', secret: client_secret === undefined ? { kind: 'private_key' } : { kind: 'client_secret', value: client_secret } });
  }

  @On(endpoints.suspend)
  suspend(call: CallOf<typeof endpoints.suspend>): Promise<ConnectionView> {
    return this.change(call, { type: 'SuspendConnection', reason: call.body.reason });
  }

  @On(endpoints.resume)
  resume(call: CallOf<typeof endpoints.resume>): Promise<ConnectionView> {
    return this.change(call, { type: 'ResumeConnection' });
  }

  @On(endpoints.remove)
  remove(call: CallOf<typeof endpoints.remove>): Promise<ConnectionView> {
    return this.change(call, { type: 'RemoveConnection', reason: call.body.reason });
  }

  private async change(call: CallAt<'connection_id'>, change: ChangeConnection['change']): Promise<ConnectionView> {
    call.wrote(await this.bus.execute(new ChangeConnection(call.parameters.connection_id, change, call.context)));
    return this.view(call);
  }

  private async view({ tenant, parameters }: CallAt<'connection_id'>): Promise<ConnectionView> {
    return connectionView(await this.present.connection(tenant.id, parameters.connection_id), tenant.issuer);
  }
}
