// Chromium, and pages that watch what goes wrong in them.

import { chromium } from "playwright-core";

/** A browser without a window. */
export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // A container's root has no sandbox; the pages are our own.
    args: ["--no-sandbox"],
    timeout: 60_000,
  });
}

/** A page, with what went wrong in it: errors, failed responses, and requests to any other host. */
export async function open(browser, address, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 900 },
    locale: "en-GB",
    ...options,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
  });
  const host = new URL(address).host;
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.host !== host) wrong.push(`asks ${url.host}`);
  });
  await page.goto(address, { waitUntil: "load" });
  return { page, wrong };
}

/** Opaque pixels of the chart. */
export async function ink(page) {
  await page.waitForSelector(".plot canvas");
  return page.evaluate(() => {
    const canvas = document.querySelector(".plot canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 128) count += 1;
    return count;
  });
}

/** The pixels of the chart, to see whether it changed. */
export const look = (page) => page.evaluate(() => document.querySelector(".plot canvas").toDataURL());
