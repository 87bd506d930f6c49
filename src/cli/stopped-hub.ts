import 'reflect-metadata';
import { existsSync } from 'node:fs';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandsModule } from '../commands/commands.module.js';
import { LiveState } from '../commands/live-state.js';
import type { Config } from '../platform/config.js';
import { LedgerLocked, ledgerFileIn } from '../platform/ledger/ledger-file.js';
import { openParts } from '../platform/open-parts.js';
import { PlatformModule } from '../platform/platform.module.js';
import { vaultFileIn } from '../platform/vault/open-vault.js';
import { CommandProblem } from './command.js';

/**
 * One of the hub's commands over its stores, for what has to work while no hub runs. Nobody listens, so nothing is issued. Throws
 * CommandProblem when there are no stores, or when somebody holds them.
 */
export const withStoppedHub = async <H, T>({ config, url }: { readonly config: Config; readonly url: string }, handler: Type<H>, work: (handler: H) => Promise<T>): Promise<T> => {
  const { dataDirectory, eventStoreUrl, databaseUrl } = config;
  const needed = [...(eventStoreUrl === undefined ? [ledgerFileIn(dataDirectory)] : []), ...(databaseUrl === undefined ? [vaultFileIn(dataDirectory)] : [])];
  const missing = needed.find((file) => !existsSync(file));
  if (missing !== undefined) throw new CommandProblem(`No hub answers at ${url}, and there is no ${missing}. Start the hub, or set MANDATE_DATA to its data directory.`);
  const parts = await openParts(config, () => undefined).catch((error: Error) => {
    const who = error instanceof LedgerLocked || /Another Mandate process/.test(error.message);
    throw new CommandProblem(who ? `A hub holds the stores in ${dataDirectory} and does not answer at ${url}. Name its address with --url.` : error.message);
  });
  try {
    const app = await NestFactory.createApplicationContext(CommandsModule.on(PlatformModule.of(parts)), { logger: false, abortOnError: false });
    try {
      await app.get(LiveState, { strict: false }).start();
      return await work(app.get(handler, { strict: false }));
    } finally {
      await app.close();
    }
  } finally {
    await parts.close();
  }
};
