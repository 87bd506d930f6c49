import type { Figures } from '../../bench/report.js';
import type { Summary } from '../../bench/endpoint-figures.js';
import { markdownTable } from './markdown.js';
import { picture } from './panel.js';

const whole = (n: number): string => n.toLocaleString('en');
const said = (summary: Summary | undefined): string => (summary ? `${whole(summary.perCpuSecond)} (${whole(summary.perSecond)}/s, p99 ${Math.round(summary.p99Ms.median)} ms)` : '');
/** Connections at which the table shows the figures. */
const SHOWN = 64;

export const benchTable = ({ scenarios, append }: Figures): string => markdownTable([
  ['what', 'Mandate, durable', 'oidc-provider, in memory', 'ratio'],
  ...scenarios.flatMap(({ name, beside, ratio, byConnections }) => {
    const { servers } = byConnections.find(({ connections }) => connections === SHOWN) ?? byConnections.at(-1)!;
    const { embedded, bare, peer } = servers;
    const least = bare && peer ? [['the same parts with nothing decided: one signature, one append', said(bare), '', (bare.perCpuSecond / peer.perCpuSecond).toFixed(1)]] : [];
    return [[name, said(embedded), `${said(peer)}${beside === undefined ? '' : `; ${beside}`}`, ratio.toFixed(1)], ...least];
  }),
  ...(append ? [[`append, ${append.callers} callers, ${append.eventBytes}-byte events`, `${whole(append.eventsPerSecond)} events/s, p99 ${Math.round(append.p99Ms)} ms`, '', '']] : []),
]);

/** Over an event store on the same machine, at each number of connections. */
export const eventStoreTable = ({ scenarios }: Figures): string => markdownTable([
  ['what', 'connections', 'Mandate over EventStoreDB', 'Mandate, embedded', 'oidc-provider, in memory'],
  ...scenarios.flatMap(({ name, byConnections }) =>
    byConnections.map(({ connections, servers: { eventstore, embedded, peer } }) => [name, String(connections), said(eventstore), said(embedded), said(peer)])),
]);

export const benchPicture = ({ scenarios }: Figures): string => picture(
  'Operations per processor second of Mandate and of oidc-provider at each number of connections, one panel for each endpoint',
  scenarios.map(({ name, byConnections }) => ({
    title: name.replaceAll('_', ' '), unit: 'per CPU second, by connections', labels: byConnections.map(({ connections }) => String(connections)),
    series: [
      { name: 'Mandate', values: byConnections.map(({ servers }) => servers.embedded?.perCpuSecond) },
      { name: 'oidc-provider', values: byConnections.map(({ servers }) => servers.peer?.perCpuSecond) },
    ],
  })),
);
