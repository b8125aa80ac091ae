import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Loading @pulumi/aws takes seconds on a slow machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
