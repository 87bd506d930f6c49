import type { ClaimRule } from './trust.events.js';

type Claims = Readonly<Record<string, unknown>>;

const stepsOf = (claim: string): readonly string[] =>
  claim.startsWith('/') ? claim.slice(1).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')) : [claim];

/** A claim by its name, or by a JSON Pointer to one inside another (RFC 6901). Own members only, and nothing inside lists. */
export const claimAt = (claims: Claims, claim: string): unknown => {
  let found: unknown = claims;
  for (const step of stepsOf(claim)) {
    if (typeof found !== 'object' || found === null || Array.isArray(found) || !Object.hasOwn(found, step)) return undefined;
    found = (found as Claims)[step];
  }
  return found;
};

const SEPARATOR = /([:/])/;
export const ANY_SEGMENT = '*';
/** Texts and the separators between them take turns, so a star never stands for a separator. */
export const segmentsOf = (text: string): readonly string[] => text.split(SEPARATOR);

const segmentsFit = (pattern: string, value: string): boolean => {
  const [wanted, given] = [segmentsOf(pattern), segmentsOf(value)];
  return wanted.length === given.length && wanted.every((segment, n) => segment === given[n] || (segment === ANY_SEGMENT && given[n] !== ''));
};

/** Whether a token says what the rule asks. The whole value is compared, and its type too; a list is no value. */
export const claimFits = ({ claim, match, values }: ClaimRule, claims: Claims): boolean => {
  const value = claimAt(claims, claim);
  if (match === 'segments') return typeof value === 'string' && values.some((pattern) => segmentsFit(pattern, value));
  return ['string', 'number', 'boolean'].includes(typeof value) && values.includes(JSON.stringify(value));
};
