// The page as its readers meet it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { browser, ink, look, open } from "./browser.mjs";
import { LAST, serve } from "./server.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let server, chrome;

before(async () => {
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** Opens the page on zones of one type. */
const c5 = (options) => open(chrome, `${server.url}/?region=eu-west-3&instance_type=c5.large`, options);

const legend = (page) => page.locator(".legend .series").allTextContents();

async function accessible(page) {
  await page.evaluate(await readFile(AXE, "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`);
  assert.deepEqual(found, []);
}

describe("the page", () => {
  test("draws the cheapest pools", async () => {
    const { page, wrong } = await c5();
    assert.ok((await ink(page)) > 5_000);
    assert.deepEqual((await legend(page)).toSorted(), ["eu-west-3a", "eu-west-3b", "eu-west-3c"]);
    assert.equal(await page.locator("#cheapest tbody tr").count(), 3);
    assert.deepEqual(wrong, []);
  });

  test("has gaps where the price is unknown", async () => {
    const { page } = await c5();
    await ink(page);
    // The 11th and 12th are missing. In the middle of them there is nothing but the lines of the grid.
    const colours = await page.evaluate(() => {
      const canvas = document.querySelector(".plot canvas");
      const column = (day) => {
        const at = Date.parse(`${day}:00Z`) / 1000;
        const { from, to } = JSON.parse(document.getElementById("prices").textContent);
        const box = document.querySelector(".u-over").getBoundingClientRect();
        const left = box.left - canvas.getBoundingClientRect().left;
        const x = left + (box.width * (at - from / 1000)) / ((to - from) / 1000);
        const pixels = canvas
          .getContext("2d")
          .getImageData(Math.round(x * devicePixelRatio), 0, 1, canvas.height).data;
        let coloured = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          const [red, green, blue, alpha] = pixels.slice(i, i + 4);
          if (alpha > 128 && Math.max(red, green, blue) - Math.min(red, green, blue) > 80) coloured += 1;
        }
        return coloured;
      };
      return [
        "2026-11-10T13:00",
        "2026-11-11T13:00",
        "2026-11-12T13:00",
        "2026-11-13T13:00",
        "2026-11-20T23:00",
      ].map(column);
    });
    assert.deepEqual(
      colours.map((count) => count > 0),
      [true, false, false, true, true],
    );
  });

  test("follows a click on a pool, in place", async () => {
    const { page, wrong } = await c5();
    await ink(page);
    const before = await look(page);
    await page.evaluate(() => (window.here = true));
    await page.locator("#cheapest a.pool").first().click();
    await page.waitForFunction(() => document.querySelectorAll(".legend li").length === 2);
    assert.notEqual(await look(page), before);
    assert.ok(await page.evaluate(() => window.here), "the page was not reloaded");
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll(".legend li").length === 3);
    assert.deepEqual(wrong, []);
  });

  test("follows the keyboard, and keeps the focus", async () => {
    const { page, wrong } = await c5();
    await ink(page);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    for (let presses = 0; presses < 60; presses += 1) {
      if (await page.evaluate(() => document.activeElement.matches("#cheapest a.pool"))) break;
      await page.keyboard.press("Tab");
    }
    const id = await page.evaluate(() => document.activeElement.id);
    assert.match(id, /^pool-/);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, "solid");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".legend li").length === 2);
    await page.waitForFunction((id) => document.activeElement.id === id, id);
    await page.locator(".plot").focus();
    await page.keyboard.press("ArrowRight");
    assert.match(await page.locator(".legend .value").first().textContent(), /^(0\.\d{6}|not known)$/);
    assert.match(await page.locator("#chart-keys").textContent(), /UTCeu-west-3\w: (0\.\d{6}|not known); /);
    assert.deepEqual(wrong, []);
  });

  test("goes to a day, with arrows too", async () => {
    const { page, wrong } = await c5();
    await page.locator("a.day", { hasText: /^20$/ }).focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "19");
    await page.keyboard.press("Enter");
    await page.waitForURL(/from=2026-11-19&to=2026-11-19/);
    assert.match(await page.locator("#chart .head").textContent(), /19 November 2026/);
    assert.ok((await ink(page)) > 2_000);
    await page.getByRole("link", { name: "the latest days" }).click();
    await page.waitForFunction(() => document.querySelectorAll("a.day").length === 30);
    assert.deepEqual(wrong, []);
  });

  test("shows what the form asks for", async () => {
    const { page, wrong } = await c5();
    await ink(page);
    const before = await look(page);
    await page.locator("#region").selectOption("us-east-1");
    await page.locator("#instance_type").fill("*");
    await page.locator("#from").fill("2026-11-01");
    await page.locator("#budget").fill("0.05");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/region=us-east-1/);
    await ink(page);
    assert.notEqual(await look(page), before);
    assert.match(await page.locator("#chart .head").textContent(), /1 November 2026 to 20 November 2026/);
    assert.match(await page.locator("#cheapest thead").textContent(), /Within 0\.05/);
    assert.deepEqual(wrong, []);
  });

  test("says what is wrong, and escapes it", async () => {
    const { page } = await open(
      chrome,
      `${server.url}/?from=%3Cb%3E&instance_type=%22%3E%3Cscript%3Ealert(1)%3C/script%3E`,
    );
    assert.match(await page.locator("#from-error").textContent(), /<b>.*write YYYY-MM-DD/);
    assert.equal(await page.locator("#instance_type").inputValue(), '"><script>alert(1)</script>');
    assert.equal(await page.locator("main b, main script").count(), 0);
    await accessible(page);
  });

  test("describes days and the ledger in text", async () => {
    const { page } = await c5();
    const day = (text) => page.locator(`a.day[aria-label^="${text}"]`).getAttribute("aria-label");
    assert.equal(await day("11 November 2026"), "11 November 2026: missing");
    assert.equal(await day("28 October 2026"), "28 October 2026: landed, and is empty");
    assert.match(await day("4 November 2026"), /^4 November 2026: rejected: the dump is cut off/);
    assert.match(await day("20 November 2026"), /landed, \d+ records$/);
    assert.match(await page.locator("#ledger .rejected").textContent(), /20261104.*the dump is cut off/);
    assert.match(await page.locator("#ledger tbody").textContent(), new RegExp(LAST));
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`can be used by everybody when ${colorScheme}`, async () => {
      const { page, wrong } = await c5({ colorScheme });
      await ink(page);
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(paper, colorScheme === "dark" ? "rgb(20, 23, 26)" : "rgb(255, 255, 255)");
      await accessible(page);
      assert.deepEqual(wrong, []);
    });
  }

  test("fits a phone", async () => {
    const { page, wrong } = await c5({ viewport: { width: 360, height: 740 } });
    await ink(page);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    await accessible(page);
    assert.deepEqual(wrong, []);
  });

  test("works without scripts", async () => {
    const { page, wrong } = await c5({ javaScriptEnabled: false });
    const image = page.locator("noscript img, img.chart-image").first();
    assert.match(await image.getAttribute("alt"), /^Price in US dollars an hour/);
    const address = new URL(await image.getAttribute("src"), server.url);
    const svg = await page.request.get(String(address));
    assert.equal(svg.headers()["content-type"], "image/svg+xml");
    await page.locator("#cheapest a.pool").first().click();
    await page.waitForURL(/pools=\d+%2C\d+|pools=\d+,\d+/);
    assert.equal(await page.locator(".legend li").count(), 2);
    assert.deepEqual(wrong, []);
  });

  test("leads to what is behind it", async () => {
    const { page } = await c5();
    const links = page.locator("main .links a");
    const addresses = await links.evaluateAll((links) => links.map((link) => link.href));
    assert.equal(addresses.length, 6);
    for (const address of addresses) {
      const response = await page.request.get(address);
      assert.equal(response.status(), 200, `${address}: ${await response.text()}`);
    }
    const response = await page.request.get(addresses.find((address) => address.includes("cheapest")));
    assert.equal((await response.json()).pools.length, await page.locator("#cheapest tbody tr").count());
  });

  test("is drawn with what is in it, and kept by caches", async () => {
    const { page } = await c5();
    const response = await page.request.get(server.url);
    assert.match(response.headers()["content-security-policy"], /default-src 'none'; script-src 'self';/);
    for (const asset of (await response.text()).match(/\/assets\/[^"]+/g)) {
      const { status, headers } = await page.request.get(server.url + asset).then((response) => ({
        status: response.status(),
        headers: response.headers(),
      }));
      assert.equal(status, 200);
      assert.match(headers["cache-control"], /immutable/);
      const again = await page.request.get(server.url + asset, {
        headers: { "if-none-match": headers.etag },
      });
      assert.equal(again.status(), 304);
    }
  });
});

describe("the page of events", () => {
  const events = (options, query = "") => open(chrome, `${server.url}/events${query}`, options);

  test("draws each event by device, and lists what is rejected", async () => {
    const { page, wrong } = await events({ javaScriptEnabled: false });
    assert.equal(await page.locator("svg.chart").count(), 3);
    for (const chart of await page.locator("svg.chart").all()) {
      assert.equal(await chart.locator('path[fill="none"]').count(), 2);
      assert.match(
        await chart.locator("desc").textContent(),
        /^Events a day, .*android: \d+ to \d+, last \d+/,
      );
    }
    assert.equal(await page.locator("#dead-letters tbody tr").count(), 50);
    assert.match(await page.locator("#ledger").textContent(), /Last landed\d+ h \d\d min ago/);
    const [address] = await page
      .locator("main .links a")
      .evaluateAll((links) => links.map((link) => link.href));
    const counts = await page.request.get(address).then((response) => response.json());
    assert.ok(counts.counts.length > 0);
    assert.deepEqual(wrong, []);
  });

  test("shows what the form asks for", async () => {
    const { page, wrong } = await events();
    await page.locator("#device").fill("ios");
    await page.locator("#from").fill("2026-11-18");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/device=ios/);
    assert.match(
      await page.locator("svg.chart desc").first().textContent(),
      /2026-11-18 00:00 to 2026-11-21/,
    );
    await page.locator("summary").click();
    assert.deepEqual(
      new Set(await page.locator("#counts tbody td:nth-child(3)").allTextContents()),
      new Set(["ios"]),
    );
    assert.deepEqual(wrong, []);
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`can be used by everybody when ${colorScheme}`, async () => {
      const { page, wrong } = await events({ colorScheme });
      const paper = await page
        .locator("svg.chart .paper")
        .first()
        .evaluate((paper) => getComputedStyle(paper).fill);
      assert.equal(paper, colorScheme === "dark" ? "rgb(20, 23, 26)" : "rgb(255, 255, 255)");
      await accessible(page);
      assert.deepEqual(wrong, []);
    });
  }

  test("fits a phone", async () => {
    const { page, wrong } = await events({ viewport: { width: 360, height: 740 } });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    await accessible(page);
    assert.deepEqual(wrong, []);
  });
});

test("/docs lists the API", async () => {
  const { page, wrong } = await open(chrome, `${server.url}/docs/`);
  await page.waitForSelector(".opblock");
  const operations = await page.locator(".opblock-summary-path").allTextContents();
  for (const path of ["/v1/spot/cheapest", "/v1/spot/prices", "/v1/events/daily", "/rates"]) {
    assert.ok(
      operations.some((operation) => operation.replaceAll("\u200b", "") === path),
      operations.join(", "),
    );
  }
  assert.deepEqual(wrong, []);
});

test("an empty database says what to do", async () => {
  const empty = await serve({ empty: true });
  try {
    const { page, wrong } = await open(chrome, empty.url);
    assert.match(await page.locator("main").textContent(), /Nothing has landed yet.*landfall import/);
    await accessible(page);
    assert.deepEqual(wrong, []);
  } finally {
    await empty.stop();
  }
});
