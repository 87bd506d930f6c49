import { RATIO_IS } from '../endpoint-figures.js';
import { rounded, table } from '../figures.js';
import type { Rate } from './broker-process.js';
import { type BrokerFigures, type ExchangeFigures, type HubFigures, loanShare, partsOf, perCpuSecond, perSecond } from './broker-figures.js';
import type { PolicyCost } from './policy-cost.js';

const exchangeText = ({ says, beside, ratio, byConnections }: ExchangeFigures): string => `
token exchange: ${says}. Beside: ${beside}. Operations per processor second, and by the clock.

${table([
  ['', 'client_credentials', 'exchange', 'peer, client_credentials', 'peer, refresh', 'exchange / client_credentials, CPU', 'wall'],
  ...byConnections.map(({ connections, tokens, exchanges, peerTokens, peerNearest, ofTokens }) => [
    `${connections} connections`, ...[tokens, exchanges, peerTokens, peerNearest].map((one) => `${one.perCpuSecond} (${one.perSecond}/s, p99 ${one.p99Ms.median} ms)`),
    ofTokens.cpu.toFixed(2), ofTokens.wall.toFixed(2),
  ]),
])}

  exchange / the peer's nearest grant: ${ratio}   (${RATIO_IS})
`;

const policyText = (costs: readonly PolicyCost[]): string => `
one decision (two scopes, the request of a user), by the number of rules; one rule in ten is about the request and has a condition that is evaluated

${table([['rules', 'evaluated', 'us'], ...costs.map(({ rules, evaluated, microseconds }) => [String(rules), String(evaluated), microseconds.toFixed(1)])])}
`;

const row = (name: string, rate: Rate): readonly string[] => [name, ...[perSecond(rate), perCpuSecond(rate), rate.done].map((n) => n.toLocaleString('en-US'))];

const hubText = (hub: HubFigures, callers: number): string => {
  const loan = loanShare(hub);
  return `\nin the hub's process, ${callers} callers and agents, SQLite with synchronous=FULL\n
${table([['', 'per second', 'per CPU-second', 'done'], ...partsOf(hub).map(([part, rate]) => row(part, rate))])}
${loan ? `\n  a loan / a token: ${loan.cpu.toFixed(2)} by processor seconds, ${loan.wall.toFixed(2)} by wall time\n` : ''}`;
};

/** For a person. */
export const brokerText = ({ machine, stolen, exchange, policy, hub }: BrokerFigures, callers: number): string =>
  `${machine}${stolen === undefined ? '' : `; processor time that other machines took: ${rounded(stolen * 100, 1)} %`}\n${exchange ? exchangeText(exchange) : ''}${policy ? policyText(policy) : ''}${hub ? hubText(hub, callers) : ''}`;
