import type { Position } from '../../domain/kernel/event.js';

const DIGITS = 16;

/** A place in a gapless sequence (1, 2, 3, …) as a position: as wide as the largest safe integer, so text order is its order. */
export const sequencePosition = (sequence: number): Position => (sequence === 0 ? '' : String(sequence).padStart(DIGITS, '0'));

/** The way back; START is 0. Throws when the position was not given by `sequencePosition`. */
export const sequenceOf = (position: Position): number => {
  if (position !== '' && !/^\d{16}$/.test(position)) throw new TypeError(`${JSON.stringify(position)} is not a position of this ledger`);
  return Number(position);
};
