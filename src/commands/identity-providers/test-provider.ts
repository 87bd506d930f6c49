import { Injectable } from '@nestjs/common';
import type { ProviderEndpoints } from '../../domain/idp/idp.events.js';
import type { IdentityProvider } from '../../domain/idp/idp.decider.js';
import { UpstreamRefused, UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';

export interface ProviderTest {
  /** What is wrong, in sentences; none when people can sign in. */
  readonly problems: readonly string[];
  /** Endpoints that the provider names otherwise by now. They count once an administrator sets the provider again (DM-06). */
  readonly differences: readonly { readonly endpoint: string; readonly accepted: string; readonly found: string }[];
  /** How many keys it signs with. */
  readonly keys: number;
}

/** Asks a provider what it says of itself now, and holds it against what was accepted. Changes nothing. */
@Injectable()
export class TestProvider {
  constructor(private readonly upstream: UpstreamSignIn) {}

  async run(provider: IdentityProvider): Promise<ProviderTest> {
    const problems: string[] = provider.secret ? [] : ['The client secret is not set.'];
    const noted = async <T>(question: Promise<T>): Promise<T | undefined> => {
      try {
        return await question;
      } catch (error) {
        if (!(error instanceof UpstreamRefused)) throw error;
        problems.push(error.message);
        return undefined;
      }
    };
    const found = await noted(this.upstream.discover(provider.issuer));
    const keys = keysIn(await noted(this.upstream.keys(provider)));
    if (keys === 0) problems.push('There are no keys to check ID tokens with.');
    const differences = found ? differencesOf(provider.endpoints, found.endpoints) : [];
    return { problems, differences, keys };
  }
}

const keysIn = (text: string | undefined): number => {
  try {
    const { keys } = JSON.parse(text ?? '{}') as { readonly keys?: unknown };
    return Array.isArray(keys) ? keys.length : 0;
  } catch {
    return 0;
  }
};

const said = (value: unknown): string => (value === undefined ? '(none)' : [value].flat().join(' '));
const differencesOf = (accepted: ProviderEndpoints, found: ProviderEndpoints): ProviderTest['differences'] =>
  [...new Set([...Object.keys(accepted), ...Object.keys(found)])]
    .map((endpoint) => ({ endpoint, accepted: said(accepted[endpoint as keyof ProviderEndpoints]), found: said(found[endpoint as keyof ProviderEndpoints]) }))
    .filter((one) => one.accepted !== one.found);
