import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ChangeProviders } from '../../../commands/identity-providers/change-providers.js';
import { FindProviders } from '../../../commands/identity-providers/find-providers.js';
import { SetProvider } from '../../../commands/identity-providers/set-provider.js';
import { SetProviderSecret } from '../../../commands/identity-providers/set-provider-secret.js';
import { TestProvider } from '../../../commands/identity-providers/test-provider.js';
import type { IdentityProvider } from '../../../domain/idp/idp.decider.js';
import type { AdminCaller } from '../admin-caller.js';
import type { CallAt, CallOf } from '../endpoint.js';
import { Escalation } from '../escalation.js';
import { On } from '../on.js';
import { unknownThing } from '../path-parameters.js';
import { draftOf, providerView, signInView } from './provider-view.js';
import { providerEndpoints as endpoints } from './providers.endpoints.js';

/** The identity providers that people sign in with, and whether local accounts do too. */
@Controller()
export class ProvidersController {
  constructor(
    private readonly bus: CommandBus,
    private readonly find: FindProviders,
    private readonly tests: TestProvider,
    private readonly escalation: Escalation,
  ) {}

  @On(endpoints.list)
  list(call: CallOf<typeof endpoints.list>) {
    return this.all(call);
  }

  @On(endpoints.set)
  async set(call: CallOf<typeof endpoints.set>) {
    const before = await this.find.byName(call.tenant.id, call.body.name);
    // Whoever says which group is an administrator makes administrators; and whoever takes the rule away unmakes them.
    const [now, then] = [call.body.role_mapping, before?.roles ?? []];
    this.escalation.checkRoles(call, [...now, ...then].map(({ role }) => role));
    // And the first mapping takes away what administrators gave: from then on it alone decides.
    if (now.length > 0 && then.length === 0) this.escalation.checkRoles(call, ['admin']);
    // What counts as a second factor is what policies ask for with require_mfa: whoever says more of it changes what they let through.
    const counts = (before?.issuer === call.body.issuer ? before.acr : []).map(({ claim, value, acr }) => `${claim} ${value} ${acr}`);
    if (call.body.acr_mapping.some(({ claim, value, acr }) => !counts.includes(`${claim} ${value} ${acr}`))) call.needs('policy:write');
    const { providerId, position } = await this.bus.execute(new SetProvider(draftOf(call.body), call.context));
    call.wrote(position);
    return this.one(call, providerId);
  }

  @On(endpoints.read)
  read(call: CallOf<typeof endpoints.read>) {
    return this.one(call, call.parameters.provider_id);
  }

  @On(endpoints.setSecret)
  async setSecret(call: CallOf<typeof endpoints.setSecret>) {
    const { providerId } = await this.known(call);
    call.wrote(await this.bus.execute(new SetProviderSecret(providerId, call.body.client_secret, call.context)));
    return this.one(call, providerId);
  }

  @On(endpoints.test)
  async test(call: CallOf<typeof endpoints.test>) {
    return this.tests.run(await this.known(call));
  }

  @On(endpoints.remove)
  async remove(call: CallOf<typeof endpoints.remove>) {
    const { providerId, roles } = await this.known(call);
    this.escalation.checkRoles(call, roles.map(({ role }) => role));
    call.wrote(await this.bus.execute(new ChangeProviders({ type: 'RemoveProvider', providerId, reason: call.body.reason }, call.context)));
    return this.all(call);
  }

  @On(endpoints.changeWays)
  async changeWays(call: CallOf<typeof endpoints.changeWays>) {
    // It decides who can come in at all, administrators first.
    this.escalation.checkRoles(call, ['admin']);
    call.wrote(await this.bus.execute(new ChangeProviders({ type: 'ChangeSignInWays', ways: call.body.ways, emergency: [...new Set(call.body.emergency_user_ids)] }, call.context)));
    return this.all(call);
  }

  private async all({ tenant }: AdminCaller) {
    const state = await this.find.of(tenant.id);
    return { sign_in: signInView(state), items: state.providers.map((one) => providerView(one, tenant.issuer)), next: null };
  }

  private async one({ tenant }: AdminCaller, providerId: string) {
    const found = await this.find.byId(tenant.id, providerId);
    if (!found) throw unknownThing('provider_id');
    return providerView(found, tenant.issuer);
  }

  private async known({ tenant, parameters }: CallAt<'provider_id'>): Promise<IdentityProvider> {
    const found = await this.find.byId(tenant.id, parameters.provider_id);
    if (!found) throw unknownThing('provider_id');
    return found;
  }
}
