import { Injectable } from '@nestjs/common';
import { FindProviders } from '../../commands/identity-providers/find-providers.js';
import { offered } from '../../domain/idp/idp.decider.js';
import type { TenantContext } from '../http/tenancy.js';
import { basePathOf } from '../pages/safe-url.js';
import type { SignInModel } from '../pages/sign-in-page.js';

/** What a tenant's people can sign in with, as the sign-in page shows it. */
@Injectable()
export class SignInOffers {
  constructor(private readonly providers: FindProviders) {}

  async of({ id, issuer }: TenantContext, emergency = false): Promise<Pick<SignInModel, 'providers' | 'local' | 'emergencyHref'>> {
    const state = await this.providers.of(id);
    const base = basePathOf(issuer);
    return {
      providers: offered(state).map(({ name, title }) => ({ title, action: `${base}/sign-in/with/${name}` })),
      local: state.ways !== 'upstream' || emergency, emergencyHref: `${base}/sign-in?account=local`,
    };
  }
}
