import { Refusal } from '../kernel/refusal.js';
import { type UserEvent, userEvents as on } from './user.events.js';

export type FactorKind = 'passkey' | 'totp';

/** Something a person shows beside the password, or instead of it. What it is checked with lies in the vault. */
export interface Factor {
  readonly factorId: string;
  readonly kind: FactorKind;
  /** NumericDate. */
  readonly enrolledAt: number;
  readonly lastUsedAt: number | undefined;
  /** The highest count that a passkey has shown (WebAuthn section 6.1.1); 0 where it keeps none. */
  readonly counter: number;
  /** Its count went backwards: there are two of it. It opens nothing any more. */
  readonly isDistrusted: boolean;
}

/** One set of recovery codes; a new set replaces it. */
export interface RecoveryCodes {
  readonly batch: string;
  readonly count: number;
  readonly used: readonly number[];
}

export interface Factors {
  readonly enrolled: readonly Factor[];
  readonly recovery: RecoveryCodes | undefined;
  /** The last time step of which a one-time code was taken, by whichever of the person's apps it was made. */
  readonly lastStep: number;
  /** Codes that were tried in browsers that nobody knows, since one of them was right. */
  readonly tries: number;
  readonly lastTryAt: number;
  /** In which the person has shown a factor, least recently used first. Each has a count of its own, so nobody elsewhere can shut it out. */
  readonly browsers: readonly KnownBrowser[];
}
interface Tries {
  readonly tries: number;
  readonly lastTryAt: number;
}
interface KnownBrowser extends Tries {
  readonly browser: string;
}

export const NO_FACTORS: Factors = { enrolled: [], recovery: undefined, lastStep: -1, tries: 0, lastTryAt: 0, browsers: [] };
const MOST_FACTORS = 20;
const MOST_BROWSERS = 10;

export type FactorCommand =
  | { readonly type: 'EnrolFactor'; readonly factorId: string; readonly kind: FactorKind; readonly at: number; readonly step?: number; readonly counter?: number }
  | { readonly type: 'RenameFactor'; readonly factorId: string }
  | { readonly type: 'RemoveFactor'; readonly factorId: string; readonly at: number; readonly code?: { readonly batch: string; readonly number: number } | undefined }
  | { readonly type: 'TryCode'; readonly at: number; readonly browser?: string | undefined }
  | {
      readonly type: 'ConfirmFactor'; readonly factorId: string; readonly at: number; readonly purpose: string; readonly action?: string | undefined; readonly browser?: string | undefined;
      /** Of a one-time code. */
      readonly step?: number;
      /** Of a passkey. */
      readonly counter?: number;
    }
  | { readonly type: 'MakeRecoveryCodes'; readonly batch: string; readonly count: number; readonly at: number }
  | { readonly type: 'UseRecoveryCode'; readonly batch: string; readonly number: number; readonly at: number; readonly purpose: string }
  | { readonly type: 'ResetFactors'; readonly reason: string };

const FREE_TRIES = 5;
const FIRST_WAIT = 900;
const LONGEST_WAIT = 86_400;

/** Seconds until the next code may be tried; each wrong one after the first few doubles them. */
const waitOf = ({ tries, lastTryAt }: Tries, now: number): number => {
  if (tries < FREE_TRIES) return 0;
  return Math.max(0, lastTryAt + Math.min(FIRST_WAIT * 2 ** (tries - FREE_TRIES), LONGEST_WAIT) - now);
};

export const usableFactors = ({ enrolled }: Factors, kind?: FactorKind): readonly Factor[] =>
  enrolled.filter((one) => !one.isDistrusted && (kind === undefined || one.kind === kind));
export const codesLeft = ({ recovery }: Factors): number => (recovery ? recovery.count - recovery.used.length : 0);

const changed = (state: Factors, factorId: string, change: Partial<Factor>): Factors =>
  ({ ...state, enrolled: state.enrolled.map((one) => (one.factorId === factorId ? { ...one, ...change } : one)) });

const knownBrowser = ({ browsers }: Factors, browser: string | undefined): KnownBrowser | undefined => browsers.find((one) => one.browser === browser);

const tried = (state: Factors, { at, browser }: { readonly at: number; readonly browser?: string | undefined }): Factors => {
  const more = ({ tries }: Tries): Tries => ({ tries: tries + 1, lastTryAt: at });
  if (browser === undefined) return { ...state, ...more(state) };
  return { ...state, browsers: state.browsers.map((one) => (one.browser === browser ? { ...one, ...more(one) } : one)) };
};

/** A right code forgets the wrong ones of where it was given, and no others: who guesses elsewhere gains nothing by it. */
const remembered = (state: Factors, browser: string | undefined, isCode: boolean): Factors => {
  const known = knownBrowser(state, browser);
  const forgotten = isCode && !known ? { ...state, tries: 0 } : state;
  if (browser === undefined) return forgotten;
  const now = isCode || !known ? { browser, tries: 0, lastTryAt: 0 } : known;
  return { ...forgotten, browsers: [...state.browsers.filter((one) => one !== known), now].slice(-MOST_BROWSERS) };
};

export const evolveFactors = (state: Factors, { type, data }: UserEvent): Factors => {
  switch (type) {
    case 'FactorEnrolled': {
      const { factorId, kind, at, step, counter = 0 } = data;
      const enrolled = [...state.enrolled, { factorId, kind, enrolledAt: at, lastUsedAt: undefined, counter, isDistrusted: false }];
      return { ...state, enrolled, lastStep: Math.max(state.lastStep, step ?? -1) };
    }
    case 'FactorRemoved': {
      const enrolled = state.enrolled.filter(({ factorId }) => factorId !== data.factorId);
      // Codes stand in for a factor: without one they would be a second password that nobody thinks of.
      return { ...state, enrolled, ...(enrolled.length === 0 ? { recovery: undefined, browsers: [] } : {}) };
    }
    case 'CodeTried':
      return tried(state, data);
    case 'FactorConfirmed': {
      const used = changed(state, data.factorId, { lastUsedAt: data.at, ...(data.counter === undefined ? {} : { counter: data.counter }) });
      return remembered({ ...used, lastStep: data.step ?? used.lastStep }, data.browser, data.step !== undefined);
    }
    case 'FactorDistrusted':
      return changed(state, data.factorId, { isDistrusted: true });
    case 'RecoveryCodesIssued':
      return { ...state, recovery: { batch: data.batch, count: data.count, used: [] } };
    case 'RecoveryCodeUsed':
      return state.recovery?.batch === data.batch ? { ...state, recovery: { ...state.recovery, used: [...state.recovery.used, data.number] } } : state;
    case 'FactorsWithdrawn':
      // The last step stays: what was used once is used, also when the same secret comes again.
      return { ...NO_FACTORS, lastStep: state.lastStep };
    default:
      return state;
  }
};

const found = ({ enrolled }: Factors, factorId: string): Factor => {
  const one = enrolled.find((each) => each.factorId === factorId);
  if (!one) throw new Refusal('factor.unknown', 'There is no such factor.');
  return one;
};

const usedCode = (userId: string, { recovery }: Factors, { batch, number, at, purpose }: { batch: string; number: number; at: number; purpose: string }): UserEvent => {
  if (recovery?.batch !== batch || recovery.used.includes(number)) throw new Refusal('factor.replayed', 'This recovery code was used before.');
  return on.RecoveryCodeUsed({ userId, batch, number, at, purpose });
};

const confirmed = (userId: string, state: Factors, command: Extract<FactorCommand, { type: 'ConfirmFactor' }>): readonly UserEvent[] => {
  const { factorId, at, purpose, action, step, counter, browser } = command;
  const factor = found(state, factorId);
  if (factor.isDistrusted) throw new Refusal('factor.distrusted', 'This passkey can\'t be used any more.');
  if (step !== undefined && step <= state.lastStep) throw new Refusal('factor.replayed', 'This code was used before; wait for the next one.');
  // A key that counts, counts up. One that does not was copied (WebAuthn section 7.2 step 22).
  if (counter !== undefined && (counter > 0 || factor.counter > 0) && counter <= factor.counter)
    return [on.FactorDistrusted({ userId, factorId, reason: 'factor.counter_regressed', counter, before: factor.counter })];
  const shown = { ...(step === undefined ? {} : { step }), ...(counter === undefined ? {} : { counter }), ...(action === undefined ? {} : { action }), ...(browser === undefined ? {} : { browser }) };
  return [on.FactorConfirmed({ userId, factorId, kind: factor.kind, at, purpose, ...shown })];
};

const removed = (userId: string, state: Factors, { factorId, at, code }: Extract<FactorCommand, { type: 'RemoveFactor' }>): readonly UserEvent[] => {
  const event = on.FactorRemoved({ userId, factorId: found(state, factorId).factorId, at });
  if (state.enrolled.length > 1) return [event];
  // Whoever sits down at an open session must not be able to make the account one with a password alone.
  if (!code) throw new Refusal('factor.last', 'This is your last factor: give a recovery code to remove it.');
  return [usedCode(userId, state, { ...code, at, purpose: 'removal' }), event];
};

export const decideFactors = (command: FactorCommand, userId: string, state: Factors): readonly UserEvent[] => {
  switch (command.type) {
    case 'EnrolFactor': {
      const { factorId, kind, at, step, counter } = command;
      if (state.enrolled.length >= MOST_FACTORS) throw new Refusal('factor.too_many', `A person has at most ${MOST_FACTORS} factors.`);
      if (step !== undefined && step <= state.lastStep) throw new Refusal('factor.replayed', 'This code was used before; wait for the next one.');
      return [on.FactorEnrolled({ userId, factorId, kind, at, ...(step === undefined ? {} : { step }), ...(counter === undefined ? {} : { counter }) })];
    }
    case 'RenameFactor':
      return [on.FactorRenamed({ userId, factorId: found(state, command.factorId).factorId })];
    case 'RemoveFactor':
      return removed(userId, state, command);
    case 'TryCode': {
      const known = knownBrowser(state, command.browser);
      if (usableFactors(state, 'totp').length === 0) throw new Refusal('factor.unknown', 'There is no authenticator app.');
      if (waitOf(known ?? state, command.at) > 0) throw new Refusal('factor.locked', 'There were too many wrong codes. Wait, or use another way.');
      return [on.CodeTried({ userId, at: command.at, ...(known ? { browser: known.browser } : {}) })];
    }
    case 'ConfirmFactor':
      return confirmed(userId, state, command);
    case 'MakeRecoveryCodes':
      return [on.RecoveryCodesIssued({ userId, batch: command.batch, count: command.count, at: command.at })];
    case 'UseRecoveryCode':
      return [usedCode(userId, state, command)];
    case 'ResetFactors':
      return [on.FactorsWithdrawn({ userId, reason: command.reason, factors: state.enrolled.length })];
  }
};
