import ipaddr from 'ipaddr.js';

// Global unicast (RFC 4291 section 2.4). Everything outside is special already, among it the forms that carry an IPv4
// address inside (::ffff:0:0/96, ::/96, 64:ff9b::/96), so none of them needs to be taken apart.
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');
// Ordinary to look at, but inside Azure it is the platform's own endpoint.
const PLATFORM_IPV4 = new Set(['168.63.129.16']);

/** Whether an address is of the public internet: not in any special-use block (RFC 6890 and the IANA registries it began). */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' ? !PLATFORM_IPV4.has(address.toString()) : !text.includes('%') && address.match(GLOBAL_IPV6);
};

/** 127.0.0.0/8 and ::1, in plain form. */
export const isLoopbackAddress = (text: string): boolean => ipaddr.isValid(text) && ipaddr.parse(text).range() === 'loopback';

/** Whether an address is of one of these networks (CIDR). What is no address is of none. */
export const isInNetworks = (text: string, networks: readonly string[]): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === address.kind() && address.match(base as never, bits);
  });
};
