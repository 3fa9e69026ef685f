// Goes through the page as people do. Arguments: the open page, the page behind passwords.
"use strict";
const { chromium } = require("playwright-core");
const axe = require("axe-core");
const { spawn } = require("node:child_process");
const fs = require("node:fs");

const [open, closed] = process.argv.slice(2);
const VIEWS = ["live", "calls", "messages", "lists", "rules", "statistics", "lines"];
const HEADS = {
  "en-GB": ["Live", "Calls", "Voice mail", "Lists", "Rules", "Statistics", "Lines"],
  "de-DE": ["Jetzt", "Anrufe", "Sprachbox", "Listen", "Regeln", "Statistik", "Leitungen"],
};
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
// What the flows provoke on purpose: a wrong password, a call on a line that is still in use.
const EXPECTED = [/\/api\/login$/, /\/simulate$/];

const faults = [];
const fault = (text) => { faults.push(text); console.error("FAULT " + text); };
const check = (good, text) => { if (!good) fault(text); };

async function visitor(browser, base, options) {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
  context.setDefaultTimeout(15000);
  const page = await context.newPage();
  page.on("console", (message) => {
    const where = message.location().url ?? "";
    if (message.type() === "error" && !EXPECTED.some((e) => e.test(where))) fault(`console: ${message.text()} (${where})`);
  });
  page.on("pageerror", (error) => fault(`script: ${error.stack ?? error}`));
  page.on("request", (request) => { if (!request.url().startsWith(base)) fault(`asks elsewhere: ${request.url()}`); });
  await page.goto(base + "/");
  await page.waitForSelector("h1");
  return page;
}

const go = async (page, view) => {
  await page.locator(`#nav a[href="#/${view}"]`).click();
  await page.waitForFunction((name) => document.querySelector("#nav a[aria-current]")?.hash === "#/" + name, view);
  await page.waitForFunction(() => document.querySelector("main div")?.childElementCount > 0);
  await page.waitForLoadState("networkidle");
};

async function accessible(page, where) {
  const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  check(fits, `${where}: wider than the screen`);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of violations) fault(`${where}: ${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 140)} ${n.failureSummary}`).join(" | ")}`);
}

async function allViews(browser) {
  for (const [size, viewport] of [["desktop", DESKTOP], ["phone", PHONE]])
    for (const locale of ["en-GB", "de-DE"])
      for (const colorScheme of ["light", "dark"]) {
        const page = await visitor(browser, open, { viewport, locale, colorScheme, hasTouch: size === "phone" });
        for (const [i, view] of VIEWS.entries()) {
          await go(page, view);
          check(await page.locator("h1").innerText() === HEADS[locale][i], `${view}: the heading is not in ${locale}`);
          if (view === "calls") await page.locator("tbody button").first().click();
          if (view === "lists") await page.locator("summary").first().click();
          if (view === "messages") await page.locator("article button").first().click();
          await page.waitForLoadState("networkidle");
          const english = /listed (as|in)|not on it|rule "|nothing speaks|hung up|permit is open/.exec(await page.locator("main").innerText());
          check(!english === locale.startsWith("de") || !["calls", "live"].includes(view), `${view}: reasons and steps are not in ${locale}`);
          await accessible(page, `${view} ${size} ${locale} ${colorScheme}`);
        }
        await page.context().close();
      }
}

const noted = (page, text) => page.locator(".note", { hasText: text }).first().waitFor();
const button = (at, name) => at.getByRole("button", { name, exact: true });

async function calls(page) {
  await go(page, "calls");
  await page.waitForFunction(() => document.querySelector("details.filters").open);
  check(await page.locator("tbody tr:not([hidden])").count() >= 10, "the ten calls are not shown");
  await page.getByLabel("Search").fill("solar");
  await page.locator("form").getByRole("button", { name: "Search" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr:not([hidden])").length === 1);
  await button(page.locator("tbody"), "More").click();
  const unfolded = page.locator("tbody tr").nth(1);
  check((await unfolded.innerText()).includes("Step by step"), "the reason is not unfolded");
  await button(unfolded, "Block").click();
  await noted(page, "is on the deny list");
  await button(page.locator(".note"), "Undo").first().click();
  await noted(page, "was removed");
  await button(unfolded, "Allow").click();
  await page.locator(".note", { hasText: "is on the allow list" }).getByRole("button", { name: "Undo" }).click();
  await button(unfolded, "Look up").click();
  await unfolded.getByText("Nobody knows anything").waitFor();
  await page.getByLabel("Decision").selectOption("ring");
  await page.getByLabel("Search").fill("");
  await page.locator("form").getByRole("button", { name: "Search" }).click();
  await page.waitForFunction(() => { const all = [...document.querySelectorAll("tbody .block, tbody .ring")]; return all.length > 0 && all.every((n) => n.className === "ring"); });
}

async function messages(page) {
  await go(page, "messages");
  const mail = page.locator("article").first();
  await button(mail, "Play").click();
  const wave = mail.getByRole("slider");
  await wave.waitFor();
  await mail.locator("path.tone").waitFor({ state: "attached" });
  await button(mail, "Play").click();
  await button(mail, "Pause").or(button(mail, "Play")).first().waitFor();
  await wave.click({ position: { x: 60, y: 20 } });
  await wave.press("ArrowRight");
  await wave.press("ArrowLeft");
  const sound = await mail.getByRole("link", { name: "Download" }).getAttribute("href");
  const [download] = await Promise.all([page.waitForEvent("download"), mail.getByRole("link", { name: "Download" }).click()]);
  check(download.suggestedFilename().endsWith(".wav"), `${sound} is not kept as a sound`);
  const before = await page.locator("article").count();
  const last = page.locator("article").last();
  await button(last, "Delete").click();
  await button(page.locator("dialog"), "Keep").click();
  check(await page.locator("article").count() === before, "it was deleted although it was to be kept");
  await button(last, "Delete").click();
  await button(page.locator("dialog"), "Delete").click();
  await page.waitForFunction((count) => document.querySelectorAll("article").length === count - 1, before);
}

async function lists(page) {
  await go(page, "lists");
  const list = page.locator("details", { hasText: "friends.csv" }).first();
  await list.locator("summary").first().click();
  await list.locator("tbody tr").first().waitFor();
  const entry = list.locator("form input").first();
  await entry.fill("0221 4710123");
  await list.locator("form input").nth(1).fill("Uncle <b>Bob</b>");
  await button(list, "Add").click();
  await list.getByText("Uncle <b>Bob</b>").waitFor();
  await button(page.locator(".note"), "Undo").last().click();
  await list.getByText("Uncle <b>Bob</b>").waitFor({ state: "detached" });
  await button(list.locator("tr", { hasText: "Berger" }), "Delete").click();
  await list.getByText("Berger").waitFor({ state: "detached" });
  await button(page.locator(".note", { hasText: "was removed" }), "Undo").last().click();
  await list.getByText("Berger").waitFor();
  await list.getByRole("searchbox").fill("anna");
  await button(list, "Search").click();
  await page.waitForFunction(() => document.querySelectorAll("details[open] tbody tr").length === 1);
  await button(list, "Import").click();
  const dialog = page.locator("dialog");
  await dialog.locator("textarea").fill("0221 4710555,Aunt\nthis is no number!!\n");
  await button(dialog, "Preview").click();
  await dialog.getByText("1 entry would be taken").waitFor();
  await dialog.getByText("1 line that cannot be read").waitFor();
  await accessible(page, "import dialogue");
  await button(dialog, "Import").click();
  await dialog.waitFor({ state: "detached" });
  await list.getByRole("searchbox").fill("aunt");
  await button(list, "Search").click();
  await list.locator("td", { hasText: "Aunt" }).first().waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), list.getByRole("link", { name: "Export" }).click()]);
  check(fs.readFileSync(await download.path(), "utf8").includes("Aunt"), "the export lacks what was imported");
}

async function rules(page) {
  await go(page, "rules");
  await page.getByLabel("Number, or withheld").fill("03023125666");
  await button(page, "Check").click();
  await page.locator(".steps .decided").waitFor();
  check((await page.locator("section").first().innerText()).includes("blocked"), "the listed number would ring");
  await page.getByRole("button", { name: "Run them through today's rules" }).click();
  await page.getByText("calls looked at").waitFor();
}

async function statistics(page) {
  await go(page, "statistics");
  check(await page.locator("svg.bars").count() === 3, "there are not three plots");
  check(await page.locator("svg.bars .blocked[height='0']").count() < await page.locator("svg.bars .blocked").count(), "nothing was blocked");
  await page.getByLabel("From").fill("2020-01-01");
  await button(page, "Show").click();
  await page.locator("svg.bars").first().waitFor();
}

// A call that the page lets come, and what one can do about it.
// From who calls most to their calls.
async function deepLink(page) {
  await go(page, "statistics");
  const link = page.locator('td a[href^="#/calls?search="]').last();
  const who = decodeURIComponent((await link.getAttribute("href")).split("=")[1]);
  await link.click();
  await page.locator("table.calls tbody tr").first().waitFor();
  check(await page.getByLabel("Search").inputValue() === who, `the calls of ${who} are not sought`);
  check(await page.locator("#nav a[aria-current]").getAttribute("href") === "#/calls", "the calls are not the current view");
}

async function live(page) {
  await go(page, "live");
  await button(page, "Let the next caller through").click();
  await page.getByText("The next caller is let through until").waitFor();
  for (const press of ["Hang up", "Let it ring", "Block"]) {
    await go(page, "lines");
    // Only a friend rings on; the first caller was let through.
    await page.locator("form input").first().fill({ "Hang up": "02214710888", "Let it ring": "08999998111", Block: "03023125002" }[press]);
    await page.locator("form input").nth(1).fill("Somebody");
    // Until the line is free after the call before.
    for (let answer; !answer?.ok();) {
      if (answer) await page.waitForTimeout(300);
      [answer] = await Promise.all([page.waitForResponse(/\/simulate$/), button(page, "Simulate a call").click()]);
    }
    await go(page, "live");
    const card = page.locator("article");
    await card.getByText("Somebody").first().waitFor();
    await button(card, press).click();
    if (press === "Let it ring") await noted(page, "");
    if (press !== "Hang up") { await accessible(page, "a call"); if (process.env.KEEP && press === "Let it ring") await shot(page, "live"); await button(card, "Hang up").click({ timeout: 1500 }).catch(() => {}); }
    await card.waitFor({ state: "detached", timeout: 30000 });
  }
  await go(page, "lines");
  await page.locator(".lamp.up").waitFor();
  await button(page, "Ask the modem").click();
  await page.locator("pre", { hasText: "can screen" }).waitFor();
}

async function passwords(browser) {
  const page = await visitor(browser, closed, { viewport: DESKTOP });
  await accessible(page, "log-in");
  const logIn = async (password) => { await page.getByLabel("Password").fill(password); await button(page, "Log in").click(); };
  await logIn("a guess");
  await page.getByText("That was not the password.").waitFor();
  await logIn("only for looking");
  await page.getByText("You can look, but not change anything.").waitFor();
  await go(page, "calls");
  await button(page.locator("tbody"), "More").first().click();
  check(await button(page, "Block").count() === 0, "a reader is offered to block");
  const refused = await page.evaluate(async () => {
    const { csrf } = await (await fetch("/api/session")).json();
    return csrf.length > 0;
  });
  check(refused, "the reader has no session");
  await button(page, "Log out").click();
  await page.getByLabel("Password").waitFor();
  await logIn("three good words");
  await go(page, "lists");
  check(await page.getByText("You can look").count() === 0, "the owner is a reader");
  await go(page, "lines");
  await page.locator(".lamp.up").waitFor();
  await page.context().close();
}

// By keyboard alone: skip link, navigation, language, theme.
// The program is started anew under an open page, which knows nobody any more: the page goes on. What is refused there is
// told in German.
async function restart(browser) {
  let child;
  const serve = (port) => new Promise((resolve, reject) => {
    child = spawn(process.env.CALLBLOCK, ["--dir", process.env.HOUSE, "web", String(port)], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", (line) => resolve(/http:\S+(?=\/)/.exec(String(line))[0]));
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the page is not served")));
  });
  const stop = () => new Promise((resolve) => { child.removeAllListeners("exit"); child.once("exit", resolve); child.kill(); });
  const context = await browser.newContext({ locale: "de-DE" });
  context.setDefaultTimeout(15000);
  try {
    const base = await serve(0);
    const page = await context.newPage();
    await page.goto(base + "/");
    await page.waitForSelector("h1");
    await go(page, "calls");
    await stop();
    await noted(page, "Keine Verbindung zum Wächter");
    await page.locator('#nav a[href="#/rules"]').click();
    await page.getByText("callblock antwortet nicht; läuft es?").first().waitFor();
    await serve(new URL(base).port);
    await go(page, "statistics");
    check(await page.locator("input[type=password]").count() === 0, "a password is asked for that there is not");
    await noted(page, "Mit dem Wächter verbunden");
    await go(page, "lists");
    const list = page.locator("details.card", { has: page.locator("form") }).first();
    await list.locator("summary").first().click();
    await list.locator("input[name=entry]").fill("name:");
    await button(list, "Hinzufügen").click();
    await noted(page, "der Eintrag geht so nicht: kein Name hinter „name:“");
  } finally { await stop(); await context.close(); }
}

async function keyboard(page) {
  const stands = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
  console.log(`the first page stands after ${Math.round(stands)} ms in the browser`);
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className) === "skip", "the skip link is not first");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.id) === "main", "the skip link does not lead to the content");
  await page.getByRole("button", { name: "Deutsch" }).press("Enter");
  await page.getByRole("heading", { name: "Jetzt" }).waitFor();
  check(await page.evaluate(() => document.documentElement.lang) === "de", "the language is not told");
  await page.getByRole("button", { name: "Hell oder dunkel" }).press("Enter");
  check(await page.evaluate(() => document.documentElement.dataset.theme) === "dark", "it did not become dark");
  await page.reload();
  await page.getByRole("heading", { name: "Jetzt" }).waitFor();
  await page.getByRole("button", { name: "Hell oder dunkel" }).click();
  await page.getByRole("button", { name: "English" }).click();
}

async function shot(page, name) {
  fs.mkdirSync(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}

async function screenshots(browser) {
  for (const [name, view, options] of [
    ["calls-phone", "calls", { viewport: PHONE }],
    ["live-phone-german", "live", { viewport: PHONE, locale: "de-DE" }],
    ["rules-german", "rules", { viewport: DESKTOP, locale: "de-DE" }],
    ["statistics-dark", "statistics", { viewport: DESKTOP, colorScheme: "dark" }],
  ]) {
    const page = await visitor(browser, open, options);
    await go(page, view);
    await shot(page, name);
    await page.context().close();
  }
}

(async () => {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const only = process.env.ONLY?.split(",");
  const part = async (name, work) => {
    if (only && !only.includes(name)) return;
    const began = Date.now();
    try { await work(); } catch (error) { fault(`${name}: ${error.stack}`); }
    console.log(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  };
  await part("views", () => allViews(browser));
  if (process.env.KEEP) await part("screenshots", () => screenshots(browser));
  for (const flow of [keyboard, calls, messages, lists, rules, statistics, deepLink, live])
    await part(flow.name, async () => { const page = await visitor(browser, open, { viewport: DESKTOP }); await flow(page); await page.context().close(); });
  await part("passwords", () => passwords(browser));
  await part("restart", () => restart(browser));
  await browser.close();
  if (faults.length) { console.error(`${faults.length} faults`); process.exit(1); }
  console.log("every view and button works, at two sizes, in two languages, dark and light");
})();
