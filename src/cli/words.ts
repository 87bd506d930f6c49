export interface Told {
  readonly what: string;
  readonly scopes?: readonly string[];
  readonly reason?: string;
}
export type Data = Readonly<Record<string, unknown>>;
export type Named = (id: string) => string;
export type Words = (data: Data, named: Named) => Told;

export const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
export const day = (seconds: unknown): string => new Date(Number(seconds) * 1000).toISOString().slice(0, 16).replace('T', ' ');
export const party = (value: unknown, named: Named): string => {
  const { kind, id } = value as { readonly kind: string; readonly id: string };
  return `${kind} ${named(id)}`;
};
export const simply = (what: string): Words => () => ({ what });
export const because = (what: string): Words => ({ reason }) => ({ what, reason: String(reason) });
/** Scopes that were asked for and not given, each with its own reason. */
export const withheld = (denied: unknown): string => {
  const scopes = (denied ?? []) as readonly { readonly scope: string; readonly reason: string }[];
  return scopes.length === 0 ? '' : `, without ${scopes.map(({ scope, reason }) => `${scope} (${reason})`).join(', ')}`;
};
const tokenOf = (by: unknown): string => `a token of ${String((by as Data)['platform'])} (rule ${String((by as Data)['ruleId'])})`;
/** Other issuers' tokens that something rests on, or was asked for with. */
export const attested = (vouchedBy: unknown, client?: unknown): string =>
  `${vouchedBy === undefined ? '' : ` on ${tokenOf(vouchedBy)}`}${client === undefined ? '' : `, the client proven by ${tokenOf(client)}`}`;
