/** RFC 4291 section 2.2 and a zone of some length. */
const LONGEST = 64;
/** Most requests come from an address that has just been looked at. */
const MOST_REMEMBERED = 1_000;
const remembered = new Map<string, string>();

/**
 * The network that an address is of, coarse enough not to name a person and not to be slipped out of: /24 of IPv4, also
 * where it is mapped into IPv6 (RFC 4291 section 2.5.5.2), and /64 of IPv6, however it is abbreviated.
 */
export const networkOfAddress = (ip: string | undefined): string => {
  // Of a connection that was closed meanwhile there is none; what a proxy passes on may be anything that was sent to it (RX-03).
  if (ip === undefined || ip.length > LONGEST) return 'unknown';
  const known = remembered.get(ip);
  if (known !== undefined) return known;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const network = networkIn(ip);
  remembered.set(ip, network);
  return network;
};

const networkIn = (ip: string): string => {
  const dotted = dottedOf(ip);
  if (dotted && !ip.includes(':')) return v4Network(dotted);
  const groups = groupsOf(ip, dotted);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return v4Network([groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8]);
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(':')}::/64`;
};

const v4Network = ([a, b, c]: readonly number[]): string => `${a}.${b}.${c}.0/24`;

const dottedOf = (ip: string): readonly number[] | undefined => /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)?.slice(1).map(Number);

/** All eight of them. */
const groupsOf = (ip: string, dotted: readonly number[] | undefined): readonly number[] => {
  const last = dotted ? [(dotted[0]! << 8) + dotted[1]!, (dotted[2]! << 8) + dotted[3]!] : [];
  // Without the zone, and without a dotted end.
  const [front = '', back] = ip.replace(/%.*$/, '').replace(/\d+\.[\d.]+$/, '').split('::');
  const read = (text: string): readonly number[] => text.split(':').filter((group) => group !== '').map((group) => Number.parseInt(group, 16));
  if (back === undefined) return [...read(front), ...last];
  const [left, right] = [read(front), [...read(back), ...last]];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
};
