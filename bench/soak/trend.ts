import { median } from '../figures.js';

export interface Trend {
  /** Change over the whole time, by the straight line through the values. */
  readonly change: number;
  /** How far that may be off, twice its standard error. */
  readonly doubt: number;
  readonly median: number;
  /** True when the values grow by more than may be, and that is no chance. */
  readonly grows: boolean;
}

/** So much of its median a value may rise before it counts as growth: a process that lives finds its size slowly. */
const TOLERANCE = 0.1;

/** Least squares over values at equal distances. `least`: what is too little to speak of, whatever the share. */
export const trendOf = (values: readonly number[], least: number): Trend => {
  const n = values.length;
  const middle = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let [products, squares] = [0, 0];
  for (const [at, value] of values.entries()) {
    products += (at - middle) * (value - mean);
    squares += (at - middle) ** 2;
  }
  const slope = squares === 0 ? 0 : products / squares;
  const residual = values.reduce((sum, value, at) => sum + (value - mean - slope * (at - middle)) ** 2, 0);
  const change = slope * (n - 1);
  const doubt = n < 3 || squares === 0 ? Infinity : 2 * Math.sqrt(residual / (n - 2) / squares) * (n - 1);
  const typical = median(values);
  return { change, doubt, median: typical, grows: change - doubt > 0 && change > Math.max(least, TOLERANCE * typical) };
};
