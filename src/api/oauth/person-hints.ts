import { Injectable } from '@nestjs/common';
import { LiveState } from '../../commands/live-state.js';
import { SigningKeys } from '../../commands/keys/signing-keys.js';
import { userIdOf } from '../../commands/users/handles.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import type { Form } from '../http/form.js';
import type { TenantContext } from '../http/tenancy.js';
import { OAuthError } from './oauth-error.js';

const MOST_CHARACTERS = 4_096;
const USER_ID = /^usr_[\w-]{1,64}$/;

/** CIBA section 7.1: who is meant. Whether there is such a person the caller finds out only where they have dealt with each other. */
@Injectable()
export class PersonHints {
  constructor(
    private readonly live: LiveState,
    private readonly keys: SigningKeys,
    private readonly verifier: JwtVerifier,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** Throws OAuthError unless there is exactly one hint. Undefined when it names nobody. */
  async userId(tenant: TenantContext, clientId: string, form: Form): Promise<string | undefined> {
    const [login, idToken] = [form.get('login_hint'), form.get('id_token_hint')];
    if (form.get('login_hint_token') !== undefined) throw new OAuthError('invalid_request', 'login_hint_token is not supported. Use login_hint or id_token_hint.');
    if ((login === undefined) === (idToken === undefined)) throw new OAuthError('invalid_request', 'Give one of login_hint and id_token_hint.');
    if ((login ?? idToken)!.length > MOST_CHARACTERS) throw new OAuthError('invalid_request', 'The hint is too long.');
    return login === undefined ? this.ofIdToken(tenant, clientId, idToken!) : this.ofLogin(tenant.id, login);
  }

  /** A subject of ours, or an e-mail address. */
  private async ofLogin(tenant: string, login: string): Promise<string | undefined> {
    return USER_ID.test(login) ? login : userIdOf(this.live, this.crypto, tenant, login);
  }

  /** Only one that this client got, and whose hour is not over. */
  private async ofIdToken({ id, issuer }: TenantContext, clientId: string, jwt: string): Promise<string | undefined> {
    const { keys } = await this.keys.all(id);
    const claims = await this.verifier.verifyOwn(jwt, keys, { typ: 'JWT', issuer, now: this.clock.seconds() });
    return claims && claims['aud'] === clientId && typeof claims['sub'] === 'string' ? claims['sub'] : undefined;
  }
}
