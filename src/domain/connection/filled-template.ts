import { Refusal } from '../kernel/refusal.js';
import { type ConnectionTemplate, connectionTemplates } from './templates.js';

const filled = <T>(value: T, variables: Readonly<Record<string, string>>): T => {
  if (typeof value === 'string') return value.replace(/\{(\w+)\}/g, (_, name: string) => variables[name] ?? '') as T;
  if (Array.isArray(value)) return value.map((item) => filled(item as unknown, variables)) as T;
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item as unknown, variables)])) as T;
  return value;
};

/** A template with what the customer gave in its places. Throws Refusal('connection.invalid'). */
export const filledTemplate = (name: string, given: Readonly<Record<string, string>>): Pick<ConnectionTemplate, 'title' | 'oauth' | 'settings'> => {
  const template = connectionTemplates.find((one) => one.name === name);
  if (!template) throw new Refusal('connection.invalid', `There is no template "${name}". There are: ${connectionTemplates.map((one) => one.name).join(', ')}.`);
  for (const [variable, { says, pattern }] of Object.entries(template.variables))
    if (!pattern.test(given[variable] ?? '')) throw new Refusal('connection.invalid', `The template ${name} needs the variable "${variable}": ${says}.`);
  const unknown = Object.keys(given).find((variable) => !Object.hasOwn(template.variables, variable));
  if (unknown !== undefined) throw new Refusal('connection.invalid', `The template ${name} has no variable "${unknown}".`);
  const { title, oauth, settings } = template;
  return { title, oauth: filled(oauth, given), settings: filled(settings, given) };
};
