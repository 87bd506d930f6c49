/** Each a power of two. Shards grow one at a time, so growth never needs twice the memory. */
const SHARDS = 256;
const FIRST_SLOTS = 16;
const WORDS = 3;

interface Shard {
  /** Three words a slot; the last is zero where nothing is. */
  words: Uint32Array;
  count: number;
}

/**
 * Which names there were, in 16 to 32 bytes each, however long they are: of a whole ledger there are many millions. It
 * keeps 96 bits of hash, so it never misses one; that it takes two for one is as likely as that two random ids are alike.
 */
export class SeenIds {
  private readonly shards: Shard[] = Array.from({ length: SHARDS }, () => ({ words: new Uint32Array(FIRST_SLOTS * WORDS), count: 0 }));
  private readonly hash = new Uint32Array(WORDS);

  has(id: string): boolean {
    const shard = this.shardOf(id);
    return shard.words[placeIn(shard.words, this.hash) + WORDS - 1] !== 0;
  }

  /** False when it was there before. */
  add(id: string): boolean {
    const shard = this.shardOf(id);
    const place = placeIn(shard.words, this.hash);
    if (shard.words[place + WORDS - 1] !== 0) return false;
    put(shard.words, place, this.hash, 0);
    shard.count += 1;
    // Three quarters full at most.
    if (shard.count * WORDS * 4 > shard.words.length * 3) grow(shard);
    return true;
  }

  private shardOf(id: string): Shard {
    hashInto(this.hash, id);
    return this.shards[this.hash[0]! % SHARDS]!;
  }
}

/** Where the hash that begins in `from` at `at` stands in `words`, or the free slot where it belongs. */
const placeIn = (words: Uint32Array, from: Uint32Array, at = 0): number => {
  const mask = words.length / WORDS - 1;
  for (let slot = from[at + 1]! & mask; ; slot = (slot + 1) & mask) {
    const place = slot * WORDS;
    if (words[place + 2] === 0) return place;
    if (words[place] === from[at] && words[place + 1] === from[at + 1] && words[place + 2] === from[at + 2]) return place;
  }
};

const put = (words: Uint32Array, place: number, from: Uint32Array, at: number): void => {
  for (let n = 0; n < WORDS; n += 1) words[place + n] = from[at + n]!;
};

const grow = (shard: Shard): void => {
  const before = shard.words;
  shard.words = new Uint32Array(before.length * 2);
  for (let at = 0; at < before.length; at += WORDS) if (before[at + 2] !== 0) put(shard.words, placeIn(shard.words, before, at), before, at);
};

/** cyrb128 without its last word: it mixes well and needs nothing. Who writes events could look for a collision; it would only raise a false alarm. */
const hashInto = (hash: Uint32Array, text: string): void => {
  // Whole numbers of 32 bits throughout: larger ones would each be an object.
  let [a, b, c, d] = [1_779_033_703, 3_144_134_277 | 0, 1_013_904_242, 2_773_480_762 | 0];
  for (let n = 0; n < text.length; n += 1) {
    const code = text.charCodeAt(n);
    a = b ^ Math.imul(a ^ code, 597_399_067);
    b = c ^ Math.imul(b ^ code, 2_869_860_233);
    c = d ^ Math.imul(c ^ code, 951_274_213);
    d = a ^ Math.imul(d ^ code, 2_716_044_179);
  }
  a = Math.imul(c ^ (a >>> 18), 597_399_067);
  b = Math.imul(d ^ (b >>> 22), 2_869_860_233);
  c = Math.imul(a ^ (c >>> 17), 951_274_213);
  d = Math.imul(b ^ (d >>> 19), 2_716_044_179);
  const all = a ^ b ^ c ^ d;
  hash[0] = all;
  hash[1] = b ^ all;
  // Zero says that nothing is there.
  hash[2] = c ^ all || 1;
};
