import { type BrokerFigures, loanShare, partsOf, perCpuSecond, perSecond } from '../../bench/broker/broker-figures.js';
import { markdownTable } from './markdown.js';

const whole = (n: number): string => n.toLocaleString('en');

/** What was aimed at, where there is an aim. */
export const brokerTable = ({ exchange, policy = [], hub = {} }: BrokerFigures): string => {
  const loan = loanShare(hub);
  return markdownTable([
    ['what', 'figure', 'aim'],
    ...(exchange?.byConnections ?? []).flatMap(({ connections, exchanges, tokens, peerNearest, ofTokens, ofPeer }) => [
      [`token exchange / client_credentials, ${connections} connections`, `${ofTokens.cpu.toFixed(2)} by processor seconds (${whole(exchanges.perCpuSecond)} / ${whole(tokens.perCpuSecond)}), ${ofTokens.wall.toFixed(2)} by the clock`, '0.6'],
      [`token exchange, durable / the peer's refresh with rotation, in memory, ${connections} connections`, `${ofPeer.cpu.toFixed(1)} by processor seconds (${whole(exchanges.perCpuSecond)} / ${whole(peerNearest.perCpuSecond)}), ${ofPeer.wall.toFixed(1)} by the clock; p99 ${exchanges.p99Ms.median.toFixed(0)} / ${peerNearest.p99Ms.median.toFixed(0)} ms`, '2'],
    ]),
    ...policy.map(({ rules, evaluated, microseconds }) => [`one decision at ${whole(rules)} rules, ${evaluated} of them evaluated`, `${microseconds.toFixed(1)} µs`, rules === 100 ? '< 50 µs' : '']),
    ...partsOf(hub).map(([name, rate]) => [name, `${whole(perCpuSecond(rate))} per processor second, ${whole(perSecond(rate))}/s`, name.startsWith('back-test') ? '20,000/s' : '']),
    ...(loan ? [['a loan / a token, 64 callers', `${loan.cpu.toFixed(2)} by processor seconds, ${loan.wall.toFixed(2)} by the clock`, '']] : []),
  ]);
};
