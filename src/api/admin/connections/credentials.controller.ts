import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DestroyCredential } from '../../../commands/credentials/destroy-credential.js';
import { StoreKey } from '../../../commands/credentials/store-key.js';
import { UseBreakGlass } from '../../../commands/credentials/use-break-glass.js';
import { Credentials } from '../../../projections/credentials/credentials.queries.js';
import { escalation } from '../admin-problems.js';
import type { CallOf } from '../endpoint.js';
import { ListAnswer } from '../list-answer.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { connectionEndpoints as endpoints } from './connections.endpoints.js';
import { credentialView } from './credential-view.js';

/** What is held for people and the tenant: to see that it is there, to put a key in, to destroy it, and behind glass. */
@Controller()
export class CredentialsController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly credentials: Credentials,
    private readonly answer: ListAnswer,
  ) {}

  @On(endpoints.credentials)
  async list(call: CallOf<typeof endpoints.credentials>) {
    const { connectionId, epoch } = await this.present.connection(call.tenant.id, call.parameters.connection_id);
    return this.answer.of(`credentials of ${connectionId}`, call, call.query, (paging) => this.credentials.list(call.tenant.id, { ...paging, connectionId }), (held) => credentialView(held, epoch));
  }

  @On(endpoints.storeKey)
  async storeKey(call: CallOf<typeof endpoints.storeKey>) {
    const { user_id, given } = call.body;
    if (user_id !== undefined) await this.present.user(call.tenant.id, user_id);
    const holder = user_id === undefined ? { kind: 'tenant', id: call.tenant.id } as const : { kind: 'user', id: user_id } as const;
    const { credentialId, position } = await this.bus.execute(new StoreKey(call.parameters.connection_id, holder, given, call.context));
    call.wrote(position);
    return { credential_id: credentialId };
  }

  @On(endpoints.destroy)
  async destroy(call: CallOf<typeof endpoints.destroy>) {
    const { credential_id } = call.parameters;
    call.wrote(await this.bus.execute(new DestroyCredential(credential_id, call.body.reason, call.context)));
    return { credential_id, destroyed: true as const };
  }

  @On(endpoints.breakGlass)
  async breakGlass(call: CallOf<typeof endpoints.breakGlass>) {
    const { parameters: { credential_id }, principal, agentId, authTime, context } = call;
    await this.present.credential(call.tenant.id, credential_id);
    if (principal.kind !== 'user') throw escalation('Only a person can break the glass: an administrator who has just signed in.');
    const { kind, secret, expiresAt } = await this.bus.execute(new UseBreakGlass(credential_id, call.body.reason, { userId: principal.id, agentId, authTime }, context));
    return { credential_id, kind, secret, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }) };
  }
}
