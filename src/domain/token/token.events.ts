import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const tokenEvents = {
  TokenRevoked: eventType('TokenRevoked', 'One access token ended before its time (RFC 7009).', { jti: f.id(), agentId: f.id(), reason: f.word() }),
} as const;
export type TokenEvent = EventsOf<typeof tokenEvents>;
