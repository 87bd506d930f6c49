import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type ReservationEvent, reservationEvents as on } from './reservation.events.js';

export interface Reservation {
  readonly holder: string | undefined;
}
export interface ReserveName {
  readonly type: 'ReserveName';
  readonly kind: string;
  readonly holder: string;
}

/** A taken name. The same holder asking again is fine: a crash between reservation and creation can be finished. */
export const reservation: Decider<Reservation, ReserveName, ReservationEvent> = {
  initial: { holder: undefined },
  evolve: (_, { data }) => ({ holder: data.holder }),
  decide({ kind, holder }, state) {
    if (state.holder === holder) return [];
    if (state.holder !== undefined) throw new Refusal('reservation.taken', 'This name is taken.');
    return [on.NameReserved({ kind, holder })];
  },
};
