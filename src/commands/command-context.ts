import type { Actor } from '../domain/kernel/event.js';

/** For whom and by whom a command is carried out. It travels as an argument: there is no request scope. */
export interface CommandContext {
  readonly tenant: string;
  readonly actor: Actor;
  /** The id of the request that set this in motion; the same on every event it causes. */
  readonly correlationId: string;
  /** Where the request came from, coarse enough not to name a person; undefined for what the hub does by itself. */
  readonly network?: string;
}
