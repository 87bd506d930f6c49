/** What a new tenant starts with: what was granted is allowed, and only administrators' authority reaches the admin API. */
export const defaultPolicy = (adminApi: string): string =>
  JSON.stringify(
    {
      rules: [
        { id: 'allow-what-was-granted', effect: 'allow' },
        { id: 'admin-api-needs-an-administrator', effect: 'deny', resources: [adminApi], unlessRoles: ['admin', 'auditor'] },
      ],
    },
    null,
    2,
  );
