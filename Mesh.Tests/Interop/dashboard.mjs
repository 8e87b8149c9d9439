// Looks at the Aspire dashboard as a person does: logs in by the link, and prints as JSON what each page shows once it shows what is waited for.
// usage: node dashboard.mjs <login link> <trace id> <folder for screenshots>
import { chromium } from 'playwright-core';

const [login, trace, folder] = process.argv.slice(2);
const patience = 60_000;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

try {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  page.setDefaultTimeout(patience);
  const seen = {};

  await page.goto(login);
  await page.getByRole('row').filter({ hasText: 'gateway' }).filter({ hasText: 'Running' }).first().waitFor();
  seen.resources = await rows();
  await shot('resources');

  await open(`/traces/detail/${trace}`);
  await page.getByText('xds apply').first().waitFor();
  seen.trace = await page.locator('main, body').first().innerText();
  await shot('trace');

  await open('/structuredlogs');
  await page.getByText('Configuration comes from').first().waitFor();
  seen.logs = await rows();
  await shot('structuredlogs');

  await open('/metrics/resource/registry');
  await page.getByText('Cdaprod.Mesh', { exact: true }).first().waitFor();
  seen.metrics = await page.locator('body').innerText();
  await shot('metrics');

  console.log(JSON.stringify(seen));

  async function open(path) {
    await page.goto(new URL(path, login).href);
  }

  async function rows() {
    return (await page.getByRole('row').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  }

  async function shot(name) {
    await page.screenshot({ path: `${folder}/${name}.png` });
  }
} finally {
  await browser.close();
}
