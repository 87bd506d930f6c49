import type { Config } from '../platform/config.js';
import type { OperatorCredentials } from '../platform/operator-credentials.js';
import type { Progress } from './progress.js';

/** A mistake or a state of affairs that the caller can do something about: one sentence, and no stack. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
}

/** Throws a sentence unless somebody says why. */
export const checkReason = (reason: string | undefined, ask = 'Say why with --reason; it stands in the ledger.'): void => {
  if (reason === undefined || reason.trim() === '') throw new CommandProblem(ask);
};

/** What the command line gave, after parsing. */
export interface Given {
  /** The first of the operands. */
  readonly operand: string | undefined;
  readonly operands: readonly string[];
  readonly reason: string | undefined;
  readonly json: boolean;
  readonly follow: boolean;
  readonly withMasterKey: boolean;
  readonly keepSessions: boolean;
  readonly compare: string | undefined;
  /** Times (RFC 3339) that bound a part of the ledger. */
  readonly from: string | undefined;
  /** Of what is asked: an agent, a resource or connection, scopes, a person. */
  readonly agent: string | undefined;
  readonly target: string | undefined;
  readonly scope: string | undefined;
  readonly user: string | undefined;
  readonly secretFile: string | undefined;
  readonly to: string | undefined;
}

/** Where a command finds things. */
export interface Surroundings {
  readonly config: Config;
  /** Undefined when the hub was never started over this data directory. */
  readonly operator: OperatorCredentials | undefined;
  readonly url: string;
  readonly out: (line: string) => void;
  readonly progress: Progress;
}

export interface Command {
  readonly usage: string;
  readonly says: string;
  /** How many words it takes; one when it does not say. */
  readonly operands?: number;
  /** It works on stores that no hub has open, and asks none for anything. */
  readonly isOffline?: boolean;
  run(given: Given, around: Surroundings): Promise<void>;
}
