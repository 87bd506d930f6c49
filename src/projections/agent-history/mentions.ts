import { type Position, isAfter } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import type { IndexedEvent } from './stream-index.js';

/** Streams of grants, authorizations and approvals that the events name. */
export const mentionedStreams = (events: readonly IndexedEvent[]): readonly string[] => {
  const names = new Set<string>();
  for (const { grantId, authorizationId, approvalId } of events) {
    if (grantId !== undefined) names.add(streams.grant(grantId));
    if (authorizationId !== undefined) names.add(streams.authorization(authorizationId));
    if (approvalId !== undefined) names.add(streams.approval(approvalId));
  }
  return [...names];
};

/**
 * Streams of tokens that may have been revoked within the page that begins after `after`. A token has a stream only when
 * it was revoked, and only a living one can be: of all that were ever issued, those alive when the page begins and those
 * issued in it are looked for.
 */
export const tokenStreams = (ordered: readonly IndexedEvent[], after: Position, limit: number): readonly string[] => {
  const rest = ordered.filter(({ position }) => isAfter(position, after));
  const end = rest[limit]?.position;
  // The page can only begin later than the last event before it.
  const begins = ordered.findLast(({ position }) => !isAfter(position, after))?.recordedAt;
  const beginsAt = begins === undefined ? 0 : Math.floor(Date.parse(begins) / 1000) - CLOCK_SKEW;
  return ordered.flatMap(({ token, position }) =>
    token === undefined || token.expiresAt < beginsAt || (end !== undefined && isAfter(position, end)) ? [] : [streams.token(token.jti)]);
};

/** Seconds that the ledger's clock and the issuing node's may differ. */
const CLOCK_SKEW = 300;
