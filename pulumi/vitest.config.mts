import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Loading @pulumi/aws takes seconds on a slow machine.
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
