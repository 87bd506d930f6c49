import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ResourceRegistration } from '../domain/resource/resource.decider.js';
import { SYSTEM } from '../domain/kernel/event.js';
import { Crypto } from '../domain/ports/crypto.js';
import { Settings } from '../domain/ports/settings.js';
import { ChangeTenant, ChangeTenantHandler } from './tenants/change-tenant.js';
import { resourceIdOf } from './derived-ids.js';
import { CreateTenant, CreateTenantHandler } from './tenants/create-tenant.js';
import { DEFAULT_TENANT, TenantDirectory } from './tenants/tenant-directory.js';
import { RegisterResource, RegisterResourceHandler } from './resources/register-resource.js';
import { FirstPassword } from './users/first-password.js';
import { RegisterUser, RegisterUserHandler } from './users/register-user.js';

export interface FirstStartResult {
  /** Given when it was chosen here and nobody has been told yet; not again after `firstPasswordTold`. */
  readonly generatedPassword: string | undefined;
}

/** The default tenant, its administrator and the sample's resource, once; later starts change nothing. */
export class FirstStart extends Command<FirstStartResult> {
  constructor(
    readonly admin: { readonly email: string; readonly password: string | undefined },
    readonly sample: Omit<ResourceRegistration, 'resourceId'> | undefined,
  ) {
    super();
  }
}

@CommandHandler(FirstStart)
export class FirstStartHandler implements ICommandHandler<FirstStart> {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly createTenant: CreateTenantHandler,
    private readonly changeTenant: ChangeTenantHandler,
    private readonly registerUser: RegisterUserHandler,
    private readonly registerResource: RegisterResourceHandler,
    private readonly crypto: Crypto,
    private readonly settings: Settings,
    private readonly firstPassword: FirstPassword,
  ) {}

  async execute({ admin, sample }: FirstStart): Promise<FirstStartResult> {
    const context = { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'first-start' };
    const wanted = { slug: 'default', name: 'Mandate', tenantId: DEFAULT_TENANT, issuer: this.settings.publicUrl };
    await this.createTenant.execute(new CreateTenant(wanted, context)).catch(refusedIfThere);
    const generatedPassword = admin.password === undefined ? await this.firstPassword.of(admin.email) : undefined;
    const password = admin.password ?? generatedPassword;
    const person = { email: admin.email, name: 'Administrator', roles: ['admin'] };
    if (password !== undefined) await this.registerUser.execute(new RegisterUser({ ...person, password }, context)).catch(refusedIfThere);
    if (sample) await this.registerSample(sample, context);
    return { generatedPassword };
  }

  private async registerSample(sample: Omit<ResourceRegistration, 'resourceId'>, context: RegisterResource['context']): Promise<void> {
    const resourceId = resourceIdOf(this.crypto, DEFAULT_TENANT, sample.uri);
    const tenant = await this.tenants.byId(DEFAULT_TENANT);
    await this.registerResource.execute(new RegisterResource(sample, context)).catch(refusedIfThere);
    // Also when the start that registered it died before this: whoever has chosen another has one.
    if (tenant?.defaultResourceId === undefined) await this.changeTenant.execute(new ChangeTenant({ type: 'ChooseDefaultResource', resourceId }, context));
  }
}

const refusedIfThere = (error: unknown): void => {
  if (!/\.exists$|reservation\.taken/.test((error as { code?: string }).code ?? '')) throw error;
};
