import type { Summary, scenarioFigures } from '../endpoint-figures.js';
import { rounded } from '../figures.js';
import type { Rate } from './broker-process.js';
import type { PolicyCost } from './policy-cost.js';

/** Of each of two, by processor seconds and by the clock. */
export interface Share {
  readonly cpu: number;
  readonly wall: number;
}
export interface ExchangeFigures {
  readonly says: string;
  readonly beside: string;
  /** To the peer's nearest grant. */
  readonly ratio: number;
  readonly ratioPerCpuSecond: number;
  readonly byConnections: readonly {
    readonly connections: number;
    readonly tokens: Summary;
    readonly exchanges: Summary;
    readonly peerTokens: Summary;
    readonly peerNearest: Summary;
    readonly ofTokens: Share;
    readonly ofPeer: Share;
  }[];
}
const HUB_NAMES = {
  issue: 'token issued (client credentials, in process)', lend: 'credential lent: decided, durable, opened', 'lend alone': 'the same by one caller',
  open: 'vault opened, data key kept', 'open cold': 'vault opened, data key unwrapped', 'back-test': 'back-test of recorded decisions', replay: 'replay of recorded decisions',
} as const;
export type HubFigures = Partial<Record<keyof typeof HUB_NAMES, Rate>>;

export interface BrokerFigures {
  readonly machine: string;
  readonly date: string;
  readonly stolen: number | undefined;
  readonly exchange?: ExchangeFigures;
  readonly policy?: readonly PolicyCost[];
  readonly hub?: HubFigures;
}

const share = (one: Summary, other: Summary): Share => ({ cpu: rounded(one.perCpuSecond / other.perCpuSecond), wall: rounded(one.perSecond / other.perSecond) });

/** `tokens` and `exchanges` of one run, side by side. */
export const exchangeFigures = ([tokens, exchanges]: ReturnType<typeof scenarioFigures>): ExchangeFigures => ({
  says: exchanges!.says, beside: exchanges!.beside ?? '', ratio: exchanges!.ratio, ratioPerCpuSecond: exchanges!.ratioPerCpuSecond,
  byConnections: tokens!.byConnections.map(({ connections, servers }, n) => {
    const own = exchanges!.byConnections[n]!.servers;
    return {
      connections, tokens: servers.embedded!, exchanges: own.embedded!, peerTokens: servers.peer!, peerNearest: own.peer!,
      ofTokens: share(own.embedded!, servers.embedded!), ofPeer: share(own.embedded!, own.peer!),
    };
  }),
});

/** Those that were measured, as they are called. */
export const partsOf = (hub: HubFigures): readonly (readonly [name: string, rate: Rate])[] =>
  (Object.keys(HUB_NAMES) as (keyof HubFigures)[]).flatMap((part) => (hub[part] ? [[HUB_NAMES[part], hub[part]] as const] : []));

export const perSecond = ({ done, seconds }: Rate): number => Math.round(done / seconds);
export const perCpuSecond = ({ done, cpuSeconds }: Rate): number => Math.round(done / cpuSeconds);

/** A loan beside a token, which is decided and written in the same way. */
export const loanShare = ({ issue, lend }: HubFigures): Share | undefined =>
  issue && lend && { cpu: rounded(perCpuSecond(lend) / perCpuSecond(issue)), wall: rounded(perSecond(lend) / perSecond(issue)) };
