import { Injectable } from '@nestjs/common';
import { type KnownAuthorization, authorization } from '../../domain/authorization/authorization.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { LiveState } from '../live-state.js';
import { TenantCrossings } from '../tenants/tenant-crossings.js';
import { type CodeHandle, type RefreshHandle, TokenHandles } from './token-handles.js';
import { TokenRefused } from './token-refused.js';

interface Presented<H> {
  readonly handle: H;
  readonly stream: string;
  readonly found: KnownAuthorization;
}

/** What a code or refresh token that somebody presents is the name of. Rejects with TokenRefused when it names nothing here. */
@Injectable()
export class PresentedHandles {
  constructor(private readonly live: LiveState, private readonly handles: TokenHandles, private readonly crossings: TenantCrossings) {}

  async code(tenant: string, text: string): Promise<Presented<CodeHandle>> {
    return (await this.find(tenant, this.handles.readCode(tenant, text))) ?? this.refuse(tenant, text, 'The code is not valid.');
  }

  async refreshToken(tenant: string, text: string): Promise<Presented<RefreshHandle>> {
    return (await this.find(tenant, this.handles.readRefreshToken(tenant, text))) ?? this.refuse(tenant, text, 'The refresh token is not valid.');
  }

  private async find<H extends CodeHandle | RefreshHandle>(tenant: string, handle: H | undefined): Promise<Presented<H> | undefined> {
    if (!handle) return undefined;
    const stream = streams.authorization(handle.authorizationId);
    const { state: found } = await this.live.entry(authorization, stream, tenant);
    return found.status === 'unknown' ? undefined : { handle, stream, found };
  }

  /** Guesses are noise: they leave no trace in the ledger, unless what is presented is another tenant's. */
  private async refuse(tenant: string, text: string, message: string): Promise<never> {
    await this.crossings.note(tenant, text);
    throw new TokenRefused('invalid_grant', message, 'authorization.unknown');
  }
}
