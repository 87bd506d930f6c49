import type { AskedScope } from './consent-model.js';

/** What a person is asked to connect, and for whom: all that the recorded text is made of. */
export interface ConnectSubject {
  readonly service: {
    /** As an administrator named it. */
    readonly title: string;
    /** Where the person gives their consent, or where the calls go when they type in a key. */
    readonly host: string;
  };
  /** Who is to use it; nobody yet when the person connects it by themselves. */
  readonly agent?: { readonly name: string; readonly clientHost: string } | undefined;
  readonly scopes: readonly AskedScope[];
  /** True when everybody in the tenant shares it, and an administrator decides. */
  readonly isShared: boolean;
  /** True when an agent may be given the credential itself. */
  readonly isLent: boolean;
}

/** The subject, and what the page needs to ask about it. */
export interface ConnectModel extends ConnectSubject {
  readonly tenantName: string;
  readonly user: { readonly name: string; readonly email: string };
  /** Path that takes the decision. */
  readonly action: string;
  /** Path that signs out and begins again. */
  readonly switchAction: string;
  readonly csrf: string;
  readonly transaction: string;
  /** 'away': at the service. 'key', 'password': here. 'nothing': it is connected, and only the agent is new. */
  readonly asks: 'away' | 'key' | 'password' | 'nothing';
  readonly error?: string | undefined;
}
