import type * as jestGlobals from '@jest/globals';

// What `import … from '@jest/globals'` means where modules outlive a spec file: live bindings to the functions of the file that runs.
export let { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } = {} as Record<string, unknown>;

export const use = (globals: typeof jestGlobals): void => {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } = globals);
};
