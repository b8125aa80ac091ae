// Copies what is part of Landfall from the packages of package-lock.json.

import { copyFile, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Paths in each package. */
const VENDORED = {
  uplot: ["dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE"],
  "swagger-ui-dist": [
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css",
    "LICENSE",
    "NOTICE",
  ],
};

/** Every file: where it comes from and where it goes. */
export const FILES = Object.entries(VENDORED).flatMap(([name, paths]) =>
  paths.map((path) => ({
    from: new URL(`node_modules/${name}/${path}`, import.meta.url),
    to: new URL(`vendor/${name}/${path.split("/").pop()}`, import.meta.url),
  })),
);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await rm(new URL("vendor", import.meta.url), { recursive: true, force: true });
  for (const { from, to } of FILES) {
    await mkdir(new URL(".", to), { recursive: true });
    await copyFile(from, to);
  }
}
