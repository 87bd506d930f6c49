import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { DEPLOYMENT, ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { policy } from '../../domain/policy/policy.decider.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import { type ResourceRegistration, resource } from '../../domain/resource/resource.decider.js';
import { tenant } from '../../domain/tenant/tenant.decider.js';
import type { CommandContext } from '../command-context.js';
import { RotateSigningKeys, RotateSigningKeysHandler } from '../keys/rotate-signing-keys.js';
import { LiveState } from '../live-state.js';
import { defaultPolicy, guardingAdminApi } from '../policies/default-policy.js';
import { resourceIdOf } from '../derived-ids.js';
import { adminApiRegistration, identityRegistration } from '../resources/hub-resources.js';
import { RegisterResource, RegisterResourceHandler } from '../resources/register-resource.js';
import { userIdOf } from '../users/handles.js';
import { RegisterUser, RegisterUserHandler } from '../users/register-user.js';
import { Write } from '../write.js';
import { tenantNameStream } from './tenant-directory.js';

export interface NewTenant {
  readonly slug: string;
  readonly name: string;
  readonly host?: string;
  /** Given only for the tenant that every deployment has. */
  readonly tenantId?: string;
  /** Issuer of the tenant, from its slug: only the caller knows the deployment's URL. */
  readonly issuer: string;
  /** The first person with the role admin there: without one nobody could administer it. */
  readonly administrator?: { readonly email: string; readonly name: string; readonly password: string };
}
export interface CreatedTenant {
  readonly tenantId: string;
  readonly administratorId?: string;
  readonly position: Position;
}

/** A tenant with its keys, its administrator, its first policy and the hub's own resources. Each step can be done again, so a crash is finished by a retry. */
export class CreateTenant extends Command<CreatedTenant> {
  constructor(readonly wanted: NewTenant, readonly context: Omit<CommandContext, 'tenant'>) {
    super();
  }
}

@CommandHandler(CreateTenant)
export class CreateTenantHandler implements ICommandHandler<CreateTenant> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly crypto: Crypto,
    private readonly keys: RotateSigningKeysHandler,
    private readonly resources: RegisterResourceHandler,
    private readonly users: RegisterUserHandler,
  ) {}

  async execute({ wanted, context }: CreateTenant): Promise<CreatedTenant> {
    const { slug, name, host, issuer, administrator } = wanted;
    const outside = { ...context, tenant: DEPLOYMENT };
    const slugStream = tenantNameStream(this.crypto, 'slug', slug);
    const taken = (await this.live.entry(reservation, slugStream, DEPLOYMENT)).state.holder;
    if (taken !== undefined && (await this.isComplete(taken, wanted))) throw new Refusal('tenant.exists', 'This slug is taken.');
    const tenantId = wanted.tenantId ?? taken ?? this.crypto.randomId(ID_PREFIX.tenant);
    const command = { type: 'CreateTenant', tenantId, slug, name, ...(host === undefined ? {} : { host }) } as const;
    tenant.decide(command, tenant.initial);
    await this.write.to(reservation, slugStream, { type: 'ReserveName', kind: 'slug', holder: tenantId }, outside);
    if (host !== undefined)
      await this.write.to(reservation, tenantNameStream(this.crypto, 'host', host), { type: 'ReserveName', kind: 'host', holder: tenantId }, outside);
    const inside = { ...context, tenant: tenantId };
    const created = await this.live.entry(tenant, streams.tenant(tenantId), tenantId);
    if (created.state.status === 'unknown') await this.write.to(tenant, streams.tenant(tenantId), command, inside);
    await this.keys.execute(new RotateSigningKeys(['ES256', 'RS256'], false, inside));
    const administratorId = administrator && (await this.registerAdministrator(administrator, inside));
    const adminApi = adminApiRegistration(issuer);
    await this.guardAdminApi(adminApi.uri, inside);
    for (const own of [adminApi, identityRegistration(issuer)])
      if (!(await this.has(tenantId, own))) await this.resources.execute(new RegisterResource(own, inside));
    const position = await this.publishFirstPolicy(adminApi.uri, inside);
    return { tenantId, position, ...(administratorId === undefined ? {} : { administratorId }) };
  }

  private async registerAdministrator(person: NonNullable<NewTenant['administrator']>, context: CommandContext): Promise<string> {
    try {
      return (await this.users.execute(new RegisterUser({ ...person, roles: ['admin'] }, context))).userId;
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'user.exists')) throw error;
      return (await userIdOf(this.live, this.crypto, context.tenant, person.email))!;
    }
  }

  private async has(tenantId: string, { uri }: Pick<ResourceRegistration, 'uri'>): Promise<boolean> {
    const stream = streams.resource(resourceIdOf(this.crypto, tenantId, uri));
    return (await this.live.entry(resource, stream, tenantId)).state.status !== 'unknown';
  }

  /**
   * The active policy is the last step. Who names a tenant that is complete gets no further, whatever else he gives: the
   * steps would change its rules. Only the start of the hub, which gives the id, goes on when the hub has moved.
   */
  private async isComplete(taken: string, { issuer, tenantId }: NewTenant): Promise<boolean> {
    const { state } = await this.live.entry(policy, streams.policy(taken), taken);
    if (state.active === undefined || tenantId === undefined) return state.active !== undefined;
    return (await this.has(taken, adminApiRegistration(issuer))) && this.has(taken, identityRegistration(issuer));
  }

  /** Where rules decide already, they learn of the admin API's address before there is an admin API. */
  private async guardAdminApi(adminApi: string, context: CommandContext): Promise<void> {
    const stream = streams.policy(context.tenant);
    const { active } = (await this.live.entry(policy, stream, context.tenant)).state;
    const document = active && guardingAdminApi(active.document, adminApi);
    if (document === undefined) return;
    const { state } = await this.write.to(policy, stream, { type: 'PublishPolicy', document, digest: this.crypto.sha256(document) }, context);
    await this.write.to(policy, stream, { type: 'ActivatePolicy', version: Math.max(...state.versions.keys()) }, context);
  }

  private async publishFirstPolicy(adminApi: string, context: CommandContext): Promise<Position> {
    const stream = streams.policy(context.tenant);
    const { state, position } = await this.live.entry(policy, stream, context.tenant);
    if (state.active) return position;
    const document = defaultPolicy(adminApi);
    if (state.versions.size === 0)
      await this.write.to(policy, stream, { type: 'PublishPolicy', document, digest: this.crypto.sha256(document) }, context);
    return (await this.write.to(policy, stream, { type: 'ActivatePolicy', version: 1 }, context)).position;
  }
}
