// Takes the pictures of the README: docs/images/page.png, the same in the dark, on a phone, and its chart alone.

import { mkdir, writeFile } from "node:fs/promises";

import { browser, ink, open } from "./test/browser.mjs";
import { serve } from "./test/server.mjs";

const images = new URL("../docs/images/", import.meta.url);
const PAGE = "/?region=eu-west-3&instance_type=c5.*&product=Linux%2FUNIX&budget=0.032";

/** How each is seen, and which part of the page it shows. */
const PICTURES = {
  "page.png": { options: { viewport: { width: 1200, height: 900 } }, until: "#days" },
  "page-dark.png": {
    options: { viewport: { width: 1200, height: 900 }, colorScheme: "dark" },
    until: "#days",
  },
  "page-phone.png": {
    options: { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2 },
    from: "#chart",
    until: "#chart",
  },
};

await mkdir(images, { recursive: true });
const server = await serve();
const chrome = await browser();
try {
  for (const [name, { options, from, until }] of Object.entries(PICTURES)) {
    const { page, wrong } = await open(chrome, server.url + PAGE, options);
    await ink(page);
    const place = async (part) => part && (await page.locator(part).boundingBox());
    const [first, last] = [await place(from), await place(until)];
    const y = first ? first.y - 16 : 0;
    const clip = { x: 0, y, width: options.viewport.width, height: last.y + last.height + 24 - y };
    const path = new URL(name, images).pathname;
    await page.screenshot({ path, clip, fullPage: true, animations: "disabled" });
    if (wrong.length) throw new Error(wrong.join("\n"));
    console.log(`docs/images/${name}`);
  }
  const chart = await fetch(server.url + PAGE.replace("/?", "/chart.svg?"));
  await writeFile(new URL("chart.svg", images), await chart.text());
} finally {
  await chrome.close();
  await server.stop();
}
