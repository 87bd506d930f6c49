/** A tenant as a cell sees it. */
export interface Tenant {
  readonly agents: number;
  /** Tokens a second in each hour of a day. */
  readonly load: Float64Array;
}

export const HOURS = 24;

/** The same numbers for the same seed (mulberry32): a run can be repeated, and argued about. */
export const seededRandom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

/**
 * Tenants as customers are: a few large ones and a long tail (sizes fall with the rank to the power of `skew`, Zipf), each busier or lazier than its
 * size says (log-normal), each with its own working day. They come in no order. `tokens` a second are the mean of the day.
 */
export const makeTenants = ({ count, agents, tokens, skew, random }: { count: number; agents: number; tokens: number; skew: number; random: () => number }): readonly Tenant[] => {
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** skew);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const busy = weights.map((weight) => weight * Math.exp(0.7 * normal(random)));
  const allBusy = busy.reduce((sum, weight) => sum + weight, 0);
  const tenants = weights.map((weight, n): Tenant => {
    const phase = random() * HOURS;
    const load = Float64Array.from({ length: HOURS }, (_, hour) => (tokens * busy[n]! * (1 + 0.6 * Math.cos(((hour - phase) / HOURS) * 2 * Math.PI))) / allBusy);
    return { agents: Math.max(1, Math.round((agents * weight) / whole)), load };
  });
  return shuffled(tenants, random);
};

const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const shuffled = <T>(things: readonly T[], random: () => number): readonly T[] => {
  const mixed = [...things];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  return mixed;
};
