import eslint from "@eslint/js";
import { defineConfig } from "eslint/config";
import globals from "globals";

export default defineConfig(
  { ignores: ["node_modules", "vendor"] },
  { extends: [eslint.configs.recommended], languageOptions: { ecmaVersion: 2024 } },
  {
    files: ["assets/**"],
    languageOptions: {
      sourceType: "script",
      globals: { ...globals.browser, uPlot: "readonly", SwaggerUIBundle: "readonly" },
    },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { sourceType: "module", globals: { ...globals.node, ...globals.browser } },
  },
);
