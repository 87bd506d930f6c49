import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BlockList } from 'node:net';
import { isPublicAddress } from '../../../src/platform/guarded-fetch/public-address.js';
import { LocalInternet, OTHER_PUBLIC, PUBLIC } from './local-internet.js';

const IPV4 = [
  '127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.100.100.200', '100.127.255.255', '169.254.169.254', '172.16.0.1',
  '172.31.255.255', '192.0.0.1', '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1',
  '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16',
];
const IPV6 = [
  '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '::8.8.8.8', '64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1',
  '2002:7f00:1::', '2002:808:808::1', '2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:2::1', '2001:10::1', '2001:20::1', '2001:db8::1', '3fff::1',
  '5f00::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1', '100::1', '::ffff:0:7f00:1', '4000::1', 'e000::1',
];
/** Other ways to write 127.0.0.1 and 169.254.169.254 that a URL parser understands. */
const SPELLINGS = ['127.1', '0177.0.0.1', '2130706433', '0x7f.1', '0x7F000001', '127.0.1', '017700000001', '0xa9fea9fe', '2852039166', '１２７.0.0.1', '127。0。0。1'];

describe('an address that a stranger names', () => {
  let internet: LocalInternet;
  beforeEach(() => {
    internet = new LocalInternet();
  });
  afterEach(() => internet.end());
  const fetched = (url: string) => internet.fetcher().get(url, 'application/json');

  it.each([...IPV4, ...SPELLINGS, ...IPV6.map((address) => `[${address}]`)])('CM-02, CM-03: https://%s is refused with no question and no connection', async (host) => {
    await expect(fetched(`https://${host}/c`)).rejects.toMatchObject({ name: 'FetchRefused', reason: 'blocked_address' });
    expect([internet.resolved, internet.dialled]).toEqual([[], []]);
  });

  it.each(['https://[fe80::1%25eth0]/c', 'https://[fe80::1%eth0]/c', 'https://[::1/c', 'https://256.1.1.1/c'])('%s is refused as no URL', async (url) => {
    await expect(fetched(url)).rejects.toMatchObject({ reason: 'url' });
    expect([internet.resolved, internet.dialled]).toEqual([[], []]);
  });

  it.each([...IPV4, ...IPV6, 'fe80::1%eth0', 'not an address', ''])('CM-04: a name for %j leads nowhere, alone or among public ones', async (address) => {
    for (const [n, addresses] of [[address], [PUBLIC, address], [address, OTHER_PUBLIC], [PUBLIC, OTHER_PUBLIC, PUBLIC, OTHER_PUBLIC, address]].entries()) {
      const name = `n${n}.client.example`;
      internet.names[name] = [addresses];
      await expect(fetched(`https://${name}/c`)).rejects.toMatchObject({ reason: 'blocked_address' });
    }
    expect(internet.dialled).toEqual([]);
  });

  it('CM-05: that was public when it was checked is the one that is connected to; the next answer counts for the next fetch', async () => {
    await internet.serve((_, response) => response.setHeader('content-type', 'application/json').end('{}'));
    internet.names['client.example'] = [[PUBLIC], ['127.0.0.1']];
    const fetcher = internet.fetcher();
    await fetcher.get('https://client.example/c', 'application/json');
    expect([internet.resolved, internet.dialled]).toEqual([['client.example'], [`${PUBLIC}:443`]]);
    await expect(fetcher.get('https://client.example/c', 'application/json')).rejects.toMatchObject({ reason: 'blocked_address' });
    expect(internet.dialled).toHaveLength(1);
  });

  it('CM-05: is checked anew for each fetch, since no connection is kept', async () => {
    await internet.serve((_, response) => response.setHeader('connection', 'keep-alive').setHeader('content-type', 'application/json').end('{}'));
    const fetcher = internet.fetcher();
    for (let n = 0; n < 3; n++) await fetcher.get('https://client.example/c', 'application/json');
    expect([internet.resolved.length, internet.dialled.length]).toEqual([3, 3]);
  });

  it('CM-05: is not looked up again when the server hangs up', async () => {
    await internet.serve((request) => request.socket.destroy());
    internet.names['client.example'] = [[PUBLIC], ['127.0.0.1']];
    await expect(fetched('https://client.example/c')).rejects.toMatchObject({ reason: 'network' });
    expect([internet.resolved.length, internet.dialled]).toEqual([1, [`${PUBLIC}:443`]]);
  });

  it('is judged as an independent list judges it, however it is written', async () => {
    // The special-use registries of IANA (RFC 6890), entered by hand for Node's own matcher.
    const special = new BlockList();
    for (const block of [
      '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16',
      '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
    ]) special.addSubnet(block.split('/')[0]!, Number(block.split('/')[1]), 'ipv4');
    const octets = fc.tuple(fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 8), fc.constantFrom(0, 16, 18, 51, 64, 88, 168, 254), fc.nat(255), fc.nat(255));
    const spelling = fc.constantFrom('dotted', 'decimal', 'hex', 'octal');
    await fc.assert(fc.asyncProperty(octets, spelling, async ([a, b, c, d], how) => {
      const dotted = `${a}.${b}.${c}.${d}`;
      const number = ((a * 256 + b) * 256 + c) * 256 + d;
      const host = { dotted, decimal: `${number}`, hex: `0x${number.toString(16)}`, octal: `0${number.toString(8)}` }[how];
      const isSpecial = special.check(dotted, 'ipv4');
      internet.dialled.length = 0;
      internet.dead.add(dotted);
      const refused = await fetched(`https://${host}/c`).catch((error: { reason: string }) => error.reason);
      expect([dotted, refused, internet.dialled]).toEqual(isSpecial ? [dotted, 'blocked_address', []] : [dotted, 'network', [`${dotted}:443`]]);
      expect(isPublicAddress(dotted)).toBe(!isSpecial);
    }), { numRuns: 500, seed: 11 });
  });

  it.each([PUBLIC, OTHER_PUBLIC, '1.1.1.1', '100.128.0.1', '172.32.0.1', '192.0.1.1', '198.20.0.1', '223.255.255.255', '2a00:1450:4001::1', '2001:4860:4860::8888'])('%s is of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});
