import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Clients } from '../../../commands/agents/clients.js';
import { NoteRefusal } from '../../../commands/note-refusal.js';
import { type Soon, whenHere } from '../../../commands/soon.js';
import { activityEvents } from '../../../domain/activity/activity.events.js';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';
import type { RefusalCode } from '../../../domain/kernel/refusal.js';
import { Clock } from '../../../domain/ports/clock.js';
import { Crypto } from '../../../domain/ports/crypto.js';
import type { Asked } from '../../http/asked.js';
import type { Form } from '../../http/form.js';
import { type TenantContext, contextOf } from '../../http/tenancy.js';
import type { AuthenticatedClient } from './authenticated-client.js';
import { ClientAssertions } from './client-assertions.js';
import { type PresentedClient, presentedClient } from './client-credentials-in-request.js';
import { invalidClient } from '../oauth-error.js';
import { WorkloadClients } from './workload-clients.js';

interface Failed {
  readonly agent: KnownAgent;
  readonly presented: PresentedClient;
  readonly problem: RefusalCode;
}

/** Proves which agent is calling (RFC 6749 section 2.3). Every endpoint that names a client goes through here. */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly clients: Clients,
    private readonly assertions: ClientAssertions,
    private readonly workloads: WorkloadClients,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly bus: CommandBus,
  ) {}

  /** Throws OAuthError invalid_client (401), or rejects with it. */
  authenticate(tenant: TenantContext, request: Asked, form: Form): Soon<AuthenticatedClient> {
    const presented = presentedClient(request.headers.authorization, form);
    if (presented.assertion === undefined) return this.byOwnMeans(tenant, request, presented);
    return this.workloads.byClientAssertion(tenant, request, presented.assertion, form.get('client_id'))
      .then((workload) => workload ?? this.byOwnMeans(tenant, request, presented));
  }

  private byOwnMeans(tenant: TenantContext, request: Asked, presented: PresentedClient): Soon<AuthenticatedClient> {
    return whenHere(this.clients.registered(tenant.id, presented.clientId), (agent) => {
      if (!agent) throw invalidClient('There is no such client. Register it again.', presented.triedBasic);
      return whenHere(this.problem(tenant, agent, presented), (problem) =>
        (problem === undefined ? { agent, proven: presented.method !== 'none' } : this.refuse(tenant, request, { agent, presented, problem })));
    });
  }

  private problem(tenant: TenantContext, agent: KnownAgent, presented: PresentedClient): Soon<RefusalCode | undefined> {
    if (agent.status === 'retired') return 'agent.retired';
    const { tokenEndpointAuthMethod: registered, alternativeAuthMethods: others = [] } = agent.metadata;
    switch (presented.method) {
      case 'secret':
        // Basic and post alike: clients mix them up, and the secret proves the same in both.
        if (!registered.startsWith('client_secret')) return 'client.method_mismatch';
        return this.secretHolds(agent, presented.secret!) ? undefined : 'client.unauthenticated';
      case 'assertion':
        if (registered !== 'private_key_jwt' && !others.includes('private_key_jwt')) return 'client.method_mismatch';
        return this.assertions.problem(tenant, agent, presented.assertion!);
      case 'none':
        return registered === 'none' || others.includes('none') ? undefined : 'client.unauthenticated';
    }
  }

  private secretHolds({ secrets }: KnownAgent, secret: string): boolean {
    const digest = this.crypto.sha256(secret);
    const now = this.clock.seconds();
    // No early exit: how many secrets there are must not show in the time.
    let holding = 0;
    for (const { digest: known, until } of secrets) if (this.crypto.equal(digest, known) && (until === undefined || until > now)) holding += 1;
    return holding > 0;
  }

  private async refuse(tenant: TenantContext, request: Asked, { agent: { agentId }, presented, problem }: Failed): Promise<never> {
    const endpoint = request.routeOptions.url ?? 'unknown';
    const event = activityEvents.ClientAuthenticationFailed({ agentId, endpoint, reason: problem });
    await this.bus.execute(new NoteRefusal(event, contextOf(tenant, request)));
    throw invalidClient('The client could not be authenticated.', presented.triedBasic);
  }
}
