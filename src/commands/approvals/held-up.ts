import type { Decision } from '../../domain/policy/decision.js';

/**
 * The scopes that only a person's approval keeps back; undefined when there is nothing to ask a person. `exact`: all that was
 * asked for is wanted or nothing. `named`: the very action is named (RFC 9396), and what a token says of one a person has said.
 */
export const heldUp = (decision: Decision, { exact, named }: { readonly exact: boolean; readonly named: boolean }): readonly string[] | undefined => {
  const waiting = decision.obligations.find(({ kind }) => kind === 'approval')?.scopes ?? [];
  const allowed = decision.allowed ? decision.scopes : [];
  if (decision.allowed ? !named && !(exact && waiting.length > 0) : decision.reason !== 'policy.approval_required') return undefined;
  const isForbidden = decision.denied.some(({ scope }) => !waiting.includes(scope));
  return exact && isForbidden ? undefined : [...allowed, ...waiting];
};
