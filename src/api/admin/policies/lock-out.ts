import { Injectable } from '@nestjs/common';
import { AccessFactsReader } from '../../../commands/access-facts.js';
import { adminApiUri } from '../../../commands/resources/hub-resources.js';
import { resourceIdOf } from '../../../commands/derived-ids.js';
import { secondLook } from '../../../commands/second-look.js';
import { decideAccess } from '../../../domain/policy/decide-access.js';
import { Crypto } from '../../../domain/ports/crypto.js';
import type { AdminCaller } from '../admin-caller.js';
import { conflict } from '../admin-problems.js';
import { unknownThing } from '../path-parameters.js';

/** A policy under which its own author may change policies no longer could not be taken back by him. */
@Injectable()
export class LockOut {
  constructor(private readonly facts: AccessFactsReader, private readonly crypto: Crypto) {}

  /** Throws 409 when the caller would lose policy:write under this version. */
  async check({ tenant, agentId, principal }: AdminCaller, version: number): Promise<void> {
    const resourceId = resourceIdOf(this.crypto, tenant.id, adminApiUri(tenant.issuer));
    const gather = async () => this.facts.gather({ tenant: tenant.id, agentId, principal, resourceId });
    const facts = await secondLook(this.facts, gather, ({ policy }) => policy.state.versions.has(version));
    const published = facts.policy.state.versions.get(version);
    if (!published) throw unknownThing('version');
    const grantType = principal.kind === 'user' ? 'authorization_code' : 'client_credentials';
    const request = this.facts.request(facts, { grantType, scopes: ['policy:write'], grantEpoch: undefined, agreedAt: undefined });
    const then = decideAccess({ ...request, policy: { ...request.policy, active: { ...published, version } } });
    if (!then.allowed) throw conflict('policy.locks_out', 'Under this version you could not change policies any more. Have it activated by somebody who still can.');
  }
}
