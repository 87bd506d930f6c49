import { type Position, type RecordedEvent, isAfter } from '../domain/kernel/event.js';
import { streams } from '../domain/kernel/ids.js';

/** Streams of grants, authorizations and approvals that the events name. */
export const mentionedStreams = (events: readonly RecordedEvent[]): readonly string[] => {
  const names = new Set<string>();
  for (const { data } of events) {
    const { grantId, authorizationId, approvalId } = data as { readonly grantId?: unknown; readonly authorizationId?: unknown; readonly approvalId?: unknown };
    if (typeof grantId === 'string') names.add(streams.grant(grantId));
    if (typeof authorizationId === 'string') names.add(streams.authorization(authorizationId));
    if (typeof approvalId === 'string') names.add(streams.approval(approvalId));
  }
  return [...names];
};

/**
 * Streams of tokens that may have been revoked within the page that begins after `after`. A token has a stream only when
 * it was revoked, and only a living one can be: of all that were ever issued, those alive when the page begins and those
 * issued in it are looked for.
 */
export const tokenStreams = (ordered: readonly RecordedEvent[], after: Position, limit: number): readonly string[] => {
  const rest = ordered.filter(({ position }) => isAfter(position, after));
  const end = rest[limit]?.position;
  // The page can only begin later than the last event before it.
  const begins = ordered.findLast(({ position }) => !isAfter(position, after))?.recordedAt;
  const beginsAt = begins === undefined ? 0 : Math.floor(Date.parse(begins) / 1000) - CLOCK_SKEW;
  return ordered.flatMap(({ type, data, position }) => {
    if (type !== 'TokenIssued' || (end !== undefined && isAfter(position, end))) return [];
    const { jti, expiresAt } = data as { readonly jti: string; readonly expiresAt: number };
    return expiresAt >= beginsAt ? [streams.token(jti)] : [];
  });
};

/** Seconds that the ledger's clock and the issuing node's may differ. */
const CLOCK_SKEW = 300;
