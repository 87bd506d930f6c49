import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const reservationEvents = {
  NameReserved: eventType('NameReserved', 'A name is taken; the stream is named by its HMAC and is written with "no stream", so one wins.', {
    kind: f.word(), holder: f.id(),
  }),
} as const;
export type ReservationEvent = EventsOf<typeof reservationEvents>;
