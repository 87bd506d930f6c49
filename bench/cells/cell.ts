import { HOURS, type Tenant } from './tenants.js';

/** A ledger with its nodes, and the tenants that live there. */
export class Cell {
  readonly tenants = new Set<Tenant>();
  private readonly load = new Float64Array(HOURS);
  private held = 0;

  add(tenant: Tenant): void {
    this.tenants.add(tenant);
    this.count(tenant, 1);
  }

  remove(tenant: Tenant): void {
    this.tenants.delete(tenant);
    this.count(tenant, -1);
  }

  /** Tokens a second in its busiest hour; with `more`, as it would be with that tenant too. */
  peak(more?: Tenant): number {
    let most = 0;
    for (let hour = 0; hour < HOURS; hour += 1) most = Math.max(most, this.load[hour]! + (more?.load[hour] ?? 0));
    return most;
  }

  get agents(): number {
    return this.held;
  }

  private count(tenant: Tenant, sign: 1 | -1): void {
    this.held += sign * tenant.agents;
    for (let hour = 0; hour < HOURS; hour += 1) this.load[hour]! += sign * tenant.load[hour]!;
  }
}
