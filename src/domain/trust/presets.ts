import { Refusal } from '../kernel/refusal.js';
import type { ClaimRule, KeySource } from './trust.events.js';

interface Variable {
  readonly says: string;
  readonly pattern: RegExp;
  readonly optional?: true;
}
type Variables = Readonly<Record<string, string>>;

/** What a rule says of a platform whose tokens are known. */
export interface PresetRule {
  readonly platform: string;
  readonly issuer: string;
  readonly keys: KeySource;
  readonly claims: readonly ClaimRule[];
  readonly identifiedBy: readonly string[];
}
/** A platform: what the administrator has to say, and the rule that binds its tokens to their owner. */
export interface TrustPreset {
  readonly name: string;
  readonly title: string;
  /** What an administrator should know before using it. */
  readonly notes: readonly string[];
  readonly variables: Readonly<Record<string, Variable>>;
  readonly rule: (given: Variables) => Omit<PresetRule, 'platform'>;
}

export const exactly = (claim: string, ...values: readonly (string | number | boolean)[]): ClaimRule => ({ claim, match: 'exact', values: values.map((value) => JSON.stringify(value)) });
/** With a star for a segment, when there is one. */
const fitting = (claim: string, value: string): ClaimRule => (value.includes('*') ? { claim, match: 'segments', values: [value] } : exactly(claim, value));

const DISCOVERY: KeySource = { source: 'discovery' };
const WORD = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const HTTPS = /^https?:\/\/[\x21-\x7e]{1,2000}$/;
const NUMBER = /^\d{1,30}$/;
const namespace = { says: 'The namespace of the service account', pattern: WORD };
const serviceAccount = { says: 'The name of the service account', pattern: WORD };

/** The uid and not the name tells accounts apart: one that was deleted and made anew is another (WF-13). */
const SERVICE_ACCOUNT_UID = '/kubernetes.io/serviceaccount/uid';
const ofServiceAccount = ({ namespace: ns, service_account: account }: Variables): Pick<PresetRule, 'claims' | 'identifiedBy'> => ({
  claims: [exactly('sub', `system:serviceaccount:${ns}:${account}`), exactly('/kubernetes.io/namespace', ns!)], identifiedBy: [SERVICE_ACCOUNT_UID],
});
const kubernetesNotes = ['Project a token with the hub\'s issuer as its audience; the default audience is the API server\'s and is refused.', 'A projected token is read again and again until the kubelet replaces it: set single_use to false, or ask for a new token each time.'];
const onKubernetes = (name: string, title: string, issuer: Variable): TrustPreset => ({
  name, title, notes: kubernetesNotes, variables: { issuer, namespace, service_account: serviceAccount },
  rule: (given) => ({ issuer: given['issuer']!, keys: DISCOVERY, ...ofServiceAccount(given) }),
});

const aws: TrustPreset = {
  name: 'aws', title: 'AWS IAM outbound web identity',
  notes: ['Tokens come from sts:GetWebIdentityToken. The account has to enable outbound identity federation; its issuer is shown there.', 'A token in the name of an original identity (SubjectMode OriginIdentity) has another sub and does not fit.'],
  variables: {
    issuer: { says: 'The issuer of the account, such as https://<uuid>.tokens.sts.global.api.aws', pattern: /^https:\/\/[0-9a-f-]{36}\.tokens\.sts\.global\.api\.aws$/ },
    role_arn: { says: 'The ARN of the IAM role', pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/ },
    org_id: { says: 'The id of the AWS organization', pattern: /^o-[a-z0-9]{10,32}$/, optional: true },
  },
  rule: ({ issuer, role_arn: role, org_id: organization }) => ({
    issuer: issuer!, keys: DISCOVERY, identifiedBy: ['sub'],
    claims: [
      exactly('sub', role!), exactly('/https:~1~1sts.amazonaws.com~1/aws_account', role!.split(':')[4]!),
      ...(organization === undefined ? [] : [exactly('/https:~1~1sts.amazonaws.com~1/org_id', organization)]),
    ],
  }),
};

const gcp: TrustPreset = {
  name: 'gcp', title: 'Google Cloud service account',
  notes: ['Google gives tokens to everybody, so the rule binds the unique id of the service account: its e-mail address can be given to another one.', 'Google\'s tokens have no jti, so one counts until it runs out.'],
  variables: { service_account_id: { says: 'The unique id of the service account, digits only', pattern: /^\d{15,30}$/ } },
  rule: ({ service_account_id: id }) => ({
    issuer: 'https://accounts.google.com', keys: { source: 'jwks_uri', jwksUri: 'https://www.googleapis.com/oauth2/v3/certs' }, claims: [exactly('sub', id!)], identifiedBy: ['sub'],
  }),
};

const github: TrustPreset = {
  name: 'github-actions', title: 'GitHub Actions',
  notes: ['Repositories are bound by their numeric ids: a name can be given to somebody else.', 'An environment or a ref is bound too, or anybody who can open a pull request could run as the agent.'],
  variables: {
    repository_owner_id: { says: 'The numeric id of the organization or user', pattern: NUMBER }, repository_id: { says: 'The numeric id of the repository', pattern: NUMBER },
    environment: { says: 'The deployment environment of the job', pattern: /^[^\p{C}*]{1,255}$/u, optional: true },
    ref: { says: 'The git ref, such as refs/heads/main', pattern: /^refs\/(heads|tags)\/[^\p{C}\s]{1,200}$/u, optional: true },
  },
  rule: ({ repository_owner_id: owner, repository_id: repository, environment, ref }) => {
    if (environment === undefined && ref === undefined) throw new Refusal('trust.invalid', 'Bind the environment or the ref: without one, every job of the repository would be the agent, those of pull requests too.');
    return {
      issuer: 'https://token.actions.githubusercontent.com', keys: DISCOVERY, identifiedBy: ['repository_id', ...(environment === undefined ? [] : ['environment'])],
      claims: [
        exactly('repository_owner_id', owner!), exactly('repository_id', repository!),
        ...(environment === undefined ? [] : [exactly('environment', environment)]), ...(ref === undefined ? [] : [fitting('ref', ref)]),
      ],
    };
  },
};

const spiffe: TrustPreset = {
  name: 'spiffe', title: 'SPIFFE JWT-SVID',
  notes: ['Give the keys: the jwks_uri of the bundle endpoint, or the bundle itself as jwks.', 'A path with a star for a segment fits several workloads; each is an agent of its own.'],
  variables: {
    trust_domain: { says: 'The trust domain, without spiffe://', pattern: /^[a-z0-9._-]{1,255}$/ },
    path: { says: 'The path of the workload, such as /ns/shop/sa/checkout; a star stands for one segment', pattern: /^(\/(\*|[A-Za-z0-9._-]{1,255})){1,20}$/ },
    issuer: { says: 'The issuer, where tokens name one (SPIRE\'s jwt_issuer)', pattern: HTTPS, optional: true },
  },
  rule: ({ trust_domain: domain, path, issuer }) => ({ issuer: issuer ?? `spiffe://${domain}`, keys: DISCOVERY, claims: [fitting('sub', `spiffe://${domain}${path}`)], identifiedBy: ['sub'] }),
};

export const trustPresets: readonly TrustPreset[] = [
  aws,
  onKubernetes('eks', 'Amazon EKS service account', { says: 'The OIDC issuer of the cluster', pattern: /^https:\/\/oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/id\/[A-Z0-9]{16,64}$/ }),
  gcp,
  onKubernetes('gke', 'Google Kubernetes Engine service account', { says: 'The issuer of the cluster', pattern: /^https:\/\/container\.googleapis\.com\/v1\/projects\/[a-z0-9:.-]{1,100}\/locations\/[a-z0-9-]{1,60}\/clusters\/[a-z0-9-]{1,60}$/ }),
  onKubernetes('kubernetes', 'Kubernetes service account', { says: 'The issuer of the cluster (--service-account-issuer)', pattern: HTTPS }),
  github,
  spiffe,
];

/** Whose issuer and keys are the platform's own, whatever an administrator says in its places. */
const ANCHORED: readonly string[] = ['aws', 'eks', 'gcp', 'gke', 'github-actions'];

/** Whether only the word of whoever adds the rule makes its tokens the platform's: anybody can have an issuer, and keys. */
export const isOwnWord = ({ preset, jwks, jwks_uri: jwksUri }: { readonly preset?: string | undefined; readonly jwks?: unknown; readonly jwks_uri?: string | undefined }): boolean =>
  preset !== undefined && (!ANCHORED.includes(preset) || jwks !== undefined || jwksUri !== undefined);

/** A preset with what the administrator gave in its places. Throws Refusal('trust.invalid'). */
export const presetRule = (name: string, given: Variables): PresetRule => {
  const preset = trustPresets.find((one) => one.name === name);
  if (!preset) throw new Refusal('trust.invalid', `There is no preset "${name}". There are: ${trustPresets.map((one) => one.name).join(', ')}.`);
  const unknown = Object.keys(given).find((variable) => !Object.hasOwn(preset.variables, variable));
  if (unknown !== undefined) throw new Refusal('trust.invalid', `The preset ${name} has no variable "${unknown}".`);
  for (const [variable, { says, pattern, optional }] of Object.entries(preset.variables)) {
    const value = Object.hasOwn(given, variable) ? given[variable] : undefined;
    if (value === undefined ? !optional : !pattern.test(value)) throw new Refusal('trust.invalid', `The preset ${name} needs the variable "${variable}": ${says}.`);
  }
  return { platform: name, ...preset.rule(given) };
};
