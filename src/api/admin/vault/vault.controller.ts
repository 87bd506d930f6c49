import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RotateVaultKeys } from '../../../commands/vault/rotate-vault-keys.js';
import { VaultKeys } from '../../../domain/ports/vault-keys.js';
import { type ListedRotation, VaultRotations } from '../../../projections/vault-rotations/vault-rotations.queries.js';
import type { AnswerOf, CallOf } from '../endpoint.js';
import { ListAnswer } from '../list-answer.js';
import { On } from '../on.js';
import { vaultEndpoints as endpoints } from './vault.endpoints.js';

type Provider = AnswerOf<typeof endpoints.status>['provider'];

/** The keys that credentials of all tenants are sealed with. */
@Controller()
export class VaultController {
  constructor(
    private readonly bus: CommandBus,
    private readonly keys: VaultKeys,
    private readonly rotations: VaultRotations,
    private readonly answer: ListAnswer,
  ) {}

  @On(endpoints.status)
  async status(_: CallOf<typeof endpoints.status>) {
    await this.keys.look();
    const { provider, problem = null } = this.keys.status();
    return { provider: provider as Provider, usable: problem === null, problem, secrets: await this.keys.count() };
  }

  @On(endpoints.rotations)
  list(call: CallOf<typeof endpoints.rotations>) {
    return this.answer.of('vault rotations', call, call.query, (paging) => this.rotations.list(call.tenant.id, paging), shown);
  }

  @On(endpoints.rotate)
  async rotate(call: CallOf<typeof endpoints.rotate>) {
    const { rotationId, started, position } = await this.bus.execute(new RotateVaultKeys(call.context));
    call.wrote(position);
    return { rotation_id: rotationId, started };
  }
}

const shown = ({ rotationId, provider, keyId, activatedAt, startedAt, finishedAt, retired, unopened, unopenedNames, ...numbers }: ListedRotation) => ({
  rotation_id: rotationId, provider: provider as Provider, key_id: keyId ?? null, activated_at: activatedAt ?? null, started_at: startedAt, finished_at: finishedAt ?? null, retired: [...retired], left: unopened, left_credentials: [...unopenedNames], ...numbers,
});
