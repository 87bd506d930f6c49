import { isLoopbackRedirect } from '../../domain/agent/redirect-uri.js';

/** What a person is asked to agree to: all that the recorded text is made of. */
export interface ConsentSubject {
  readonly agent: ConsentAgent;
  /** Where the answer goes, as `describeRedirect` names it: a host, or `cursor:` for a scheme that an app opens. */
  readonly redirectHost: string;
  readonly isLoopback: boolean;
  readonly resource: { readonly name: string; readonly uri: string };
  /** True when the resource is the hub's own, that only tells who the person is. */
  readonly isAboutPerson?: boolean | undefined;
  readonly scopes: readonly AskedScope[];
  /** True when the agent gets a refresh token, and so can go on without the person. */
  readonly refreshable: boolean;
  /** True when no consent in force covers any of it: none was given for this resource, or it was revoked, or the client changed since. */
  readonly isNewClient?: boolean | undefined;
}

export interface ConsentAgent {
  /** What the agent calls itself. */
  readonly name: string;
  /** The host that vouches for the agent: that of a client_id that is a URL, else the place that its codes go to. */
  readonly clientHost: string;
  readonly clientId: string;
  /** True when an administrator registered it, false when it registered itself; for ids that are no URLs. */
  readonly verified?: boolean | undefined;
}

export interface AskedScope {
  readonly name: string;
  readonly description: string;
}

/** The subject, and what the page needs to ask about it. */
export interface ConsentModel extends ConsentSubject {
  readonly tenantName: string;
  /** Path that takes the decision. */
  readonly action: string;
  /** Path that signs out and begins again. */
  readonly switchAction: string;
  readonly csrf: string;
  readonly transaction: string;
  readonly user: { readonly name: string; readonly email: string };
  readonly scopes: readonly ConsentScope[];
}

export interface ConsentScope extends AskedScope {
  /** True when the person can't leave it out. */
  readonly required: boolean;
  /** True when an earlier consent covers it. */
  readonly agreedBefore: boolean;
}

/**
 * How a page names the place that a redirect URI leads to. A scheme of an app's own is named by the scheme alone: whoever
 * registers `evil://bank.example/cb` chose that host, and nobody at bank.example did.
 */
export const describeRedirect = (uri: string): { readonly redirectHost: string; readonly isLoopback: boolean } => {
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?/i.exec(uri) ?? [];
  return { redirectHost: (/^https?$/i.test(scheme) ? host : `${scheme}:`).toLowerCase(), isLoopback: isLoopbackRedirect(uri) };
};

export const opensApp = ({ redirectHost }: ConsentSubject): boolean => redirectHost.endsWith(':');

/** True when software on the person's own device gets the answer, so that any other program there could pretend to be it. */
export const staysOnDevice = (subject: ConsentSubject): boolean => subject.isLoopback || opensApp(subject);
