import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { undoneIfErased } from './erased-meanwhile.js';
import { Erasures } from './erasures.js';

/** Destroys what is left of people whose erasure is recorded and was cut short: by a crash, or a vault that was away. */
export class FinishErasures extends Command<void> {
  constructor(readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(FinishErasures)
export class FinishErasuresHandler implements ICommandHandler<FinishErasures> {
  constructor(private readonly live: LiveState, private readonly erasures: Erasures) {}

  async execute({ context: { tenant } }: FinishErasures): Promise<void> {
    const failures: unknown[] = [];
    for (const userId of await this.erasures.begun(tenant))
      await undoneIfErased(this.live, { tenant, userId }, () => this.erasures.finish(tenant, userId)).catch((error: unknown) => failures.push(error));
    // One of whom it fails keeps nobody behind them from it.
    if (failures.length > 0) throw failures[0];
  }
}
