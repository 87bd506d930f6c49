import { Refusal } from '../../domain/kernel/refusal.js';
import { readIssuerJwks } from '../../domain/trust/issuer-jwks.js';
import { type PresetRule, presetRule } from '../../domain/trust/presets.js';
import type { AgentTemplate, ClaimRule, KeySource, TrustRule } from '../../domain/trust/trust.events.js';

/** What an administrator says of an issuer; the rest is a preset's, or by default. */
export interface TrustDraft {
  readonly name: string;
  readonly purpose?: TrustRule['purpose'] | undefined;
  readonly preset?: string | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly jwksUri?: string | undefined;
  /** A JWK Set. */
  readonly jwks?: unknown;
  readonly claims?: readonly ClaimRule[] | undefined;
  readonly agentId?: string | undefined;
  readonly template?: (Omit<AgentTemplate, 'identifiedBy'> & { readonly identifiedBy?: readonly string[] | undefined }) | undefined;
  readonly singleUse?: boolean | undefined;
  readonly expiresAt?: number | undefined;
}

const PLATFORM: Readonly<Record<TrustRule['purpose'], string>> = { workload: 'oidc', users: 'id-jag' };

const fromIssuer = ({ issuer, purpose = 'workload' }: TrustDraft): PresetRule => {
  if (issuer === undefined) throw new Refusal('trust.invalid', 'Say whose tokens are trusted: a preset, or an issuer.');
  return { platform: PLATFORM[purpose], issuer, keys: { source: 'discovery' }, claims: [], identifiedBy: ['sub'] };
};

const fromPreset = (preset: string, { issuer, purpose, variables = {} }: TrustDraft): PresetRule => {
  if (issuer !== undefined) throw new Refusal('trust.invalid', 'Who the issuer is is the preset\'s to say; where it can differ, the preset has a variable for it.');
  if (purpose === 'users') throw new Refusal('trust.invalid', 'Presets are for workloads. Name the issuer of the identity provider itself.');
  return presetRule(preset, variables);
};

const keysOf = ({ jwksUri, jwks }: TrustDraft, { keys, platform }: PresetRule): KeySource => {
  if (jwksUri !== undefined && jwks !== undefined) throw new Refusal('trust.invalid', 'Give jwks_uri or jwks, not both.');
  if (jwks !== undefined) return { source: 'inline', jwks: readIssuerJwks(jwks, platform) };
  return jwksUri === undefined ? keys : { source: 'jwks_uri', jwksUri };
};

/** From what an administrator wrote to a rule that leaves nothing open. Throws Refusal('trust.invalid'). */
export const resolvedRule = (draft: TrustDraft, ownIssuer: string): Omit<TrustRule, 'ruleId'> => {
  const base = draft.preset === undefined ? fromIssuer(draft) : fromPreset(draft.preset, draft);
  const { name, purpose = 'workload', audience = ownIssuer, agentId, template, expiresAt, claims = [], singleUse = true } = draft;
  return {
    name, purpose, platform: base.platform, issuer: base.issuer, audience, keys: keysOf(draft, base), claims: [...base.claims, ...claims], singleUse,
    ...(agentId === undefined ? {} : { agentId }), ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(template ? { template: { ...template, identifiedBy: template.identifiedBy ?? base.identifiedBy } } : {}),
  };
};
