import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';

interface Parameter {
  readonly pattern: RegExp;
  /** What an id that can't exist answers: the same as one that does not. */
  readonly unknown: readonly [RefusalCode, string];
}

/** Every name that may stand behind a colon in a path. */
export const PATH_PARAMETERS = {
  agent_id: { pattern: /^agt_[\w-]{1,64}$/, unknown: ['agent.unknown', 'There is no such agent.'] },
  user_id: { pattern: /^usr_[\w-]{1,64}$/, unknown: ['user.unknown', 'There is no such user.'] },
  resource_id: { pattern: /^res_[\w-]{1,64}$/, unknown: ['resource.unknown', 'There is no such resource.'] },
  grant_id: { pattern: /^gnt_[\w-]{1,64}$/, unknown: ['grant.unknown', 'There is no such grant.'] },
  connection_id: { pattern: /^con_[\w-]{1,64}$/, unknown: ['connection.unknown', 'There is no such connection.'] },
  credential_id: { pattern: /^crd_[\w-]{1,64}$/, unknown: ['credential.unknown', 'There is no such credential.'] },
  kid: { pattern: /^[\w-]{1,128}$/, unknown: ['key.unknown', 'There is no such signing key.'] },
  tenant_id: { pattern: /^tnt_[\w-]{1,64}$/, unknown: ['tenant.unknown', 'There is no such tenant.'] },
  provider_id: { pattern: /^idp_[\w-]{1,64}$/, unknown: ['idp.unknown', 'There is no such identity provider.'] },
  rule_id: { pattern: /^trs_[\w-]{1,64}$/, unknown: ['trust.unknown', 'There is no such trust rule.'] },
  approval_id: { pattern: /^apr_[\w-]{1,64}$/, unknown: ['approval.unknown', 'There is no such request.'] },
  version: { pattern: /^[1-9]\d{0,8}$/, unknown: ['policy.version_unknown', 'There is no such version of the policy.'] },
} as const satisfies Record<string, Parameter>;
export type ParameterName = keyof typeof PATH_PARAMETERS;

export const unknownThing = (name: ParameterName): Refusal => {
  const [code, message] = PATH_PARAMETERS[name].unknown;
  return new Refusal(code, message);
};

/** Throws the 404 of the thing that is named. */
export const checkPathParameters = (given: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(given)) {
    const parameter = PATH_PARAMETERS[name as ParameterName];
    if (!parameter.pattern.test(value)) throw unknownThing(name as ParameterName);
  }
};
