/** What commands and the API need to know of the deployment's configuration. */
export abstract class Settings {
  /** Where this deployment is reached from outside: scheme, host, port; no trailing slash. The default tenant's issuer. */
  abstract readonly publicUrl: string;
  /** Development on one machine: client metadata documents and redirects on loopback may be fetched. Never in production. */
  abstract readonly allowLoopback: boolean;
  /** Addresses and networks of reverse proxies whose X-Forwarded-For is believed; of nobody when empty (DM-02). */
  abstract readonly trustedProxies: readonly string[];
}
