export type Rule = Readonly<Record<string, unknown>> & { readonly id?: unknown; readonly effect?: unknown };

/** An owner is `team team_1`; claims are as they were written. */
const listed = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(listed).join(' or ');
  if (typeof value !== 'object' || value === null) return String(value);
  const { kind, id, ...rest } = value as Readonly<Record<string, unknown>>;
  return kind !== undefined && id !== undefined && Object.keys(rest).length === 0 ? `${String(kind)} ${String(id)}` : JSON.stringify(value);
};

/** `agents: tags support or billing; owners team_1` */
const group = (name: string, members: unknown): readonly string[] => {
  const parts = Object.entries((members ?? {}) as Readonly<Record<string, unknown>>).map(([member, value]) => `${member} ${listed(value)}`);
  return parts.length === 0 ? [] : [`${name}: ${parts.join('; ')}`];
};
const groups = (rule: Rule): readonly string[] => ['agents', 'principals', 'targets'].flatMap((name) => group(name, rule[name]));

/** A rule as lines: what it does, and what it is about. */
export const ruleLines = (rule: Rule): readonly string[] => {
  const about = groups(rule);
  return [
    `${String(rule.id)}: ${String(rule.effect)}${about.length === 0 ? ' everything' : ''}`,
    ...about.map((line) => `    ${line}`),
    ...(rule['unless'] === undefined ? [] : groups(rule['unless'] as Rule).map((line) => `    unless ${line}`)),
    ...(rule['condition'] === undefined ? [] : [`    if ${String(rule['condition'])}`]),
  ];
};
