/** An issuer whose tokens anybody can have, and the claims that say whose they are. */
interface SharedIssuer {
  readonly isIt: (issuer: string) => boolean;
  readonly whose: string;
  /** One of these has to be bound to values that are written out. Names that can be given to somebody else are not among them. */
  readonly owner: readonly string[];
  readonly ownerOfUsers?: readonly string[];
}

const is = (...issuers: readonly string[]) => (issuer: string): boolean => issuers.includes(issuer);
const isUnder = (start: string) => (issuer: string): boolean => issuer === start || issuer.startsWith(`${start}/`);

const SHARED: readonly SharedIssuer[] = [
  { isIt: isUnder('https://token.actions.githubusercontent.com'), whose: 'every repository at GitHub', owner: ['repository_id', 'repository_owner_id'] },
  { isIt: is('https://accounts.google.com'), whose: 'everybody at Google', owner: ['sub'], ownerOfUsers: ['hd'] },
  { isIt: is('https://gitlab.com'), whose: 'every project at GitLab', owner: ['project_id', 'namespace_id'] },
  { isIt: is('https://agent.buildkite.com'), whose: 'every organization at Buildkite', owner: ['pipeline_id', 'organization_id'] },
  { isIt: is('https://app.terraform.io'), whose: 'every organization at HCP Terraform', owner: ['terraform_workspace_id', 'terraform_organization_id'] },
  { isIt: is('https://oidc.vercel.com'), whose: 'every team at Vercel', owner: ['project_id', 'owner_id'] },
  { isIt: is('https://cognito-identity.amazonaws.com'), whose: 'every identity pool of AWS', owner: ['sub'] },
  { isIt: is('https://login.microsoftonline.com/common/v2.0', 'https://login.microsoftonline.com/organizations/v2.0', 'https://login.microsoftonline.com/consumers/v2.0'), whose: 'everybody at Microsoft', owner: ['tid'] },
];

/** Undefined when the issuer is not known to be one of many customers. */
export const sharedIssuer = (issuer: string, purpose: 'workload' | 'users'): { readonly whose: string; readonly owner: readonly string[] } | undefined => {
  const found = SHARED.find(({ isIt }) => isIt(issuer));
  return found && { whose: found.whose, owner: purpose === 'users' ? (found.ownerOfUsers ?? found.owner) : found.owner };
};
