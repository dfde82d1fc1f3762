// Looks at a page of `tap report` as people do, in Chromium: node look.cjs PAGE ROWS FOLDER.
// It fails unless the page loads nothing, holds what directory and roster say as text, is accessible, sorts, filters and prints.
'use strict'
const assert = require('node:assert/strict')
const { readFileSync, writeFileSync } = require('node:fs')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { chromium } = require('playwright-core')

const [, , file, count, folder] = process.argv
const rows = Number(count)
const url = pathToFileURL(path.resolve(file)).href
const hostile = ['<script>alert(1)</script>', '"><img src=x onerror=alert(2)>']

// open opens the page and notes all that it must not do.
async function open (browser, options) {
  const page = await browser.newPage(options)
  const bad = []
  await page.route('**/*', (route) => {
    if (route.request().url() === url) return route.continue()
    bad.push('it asks for ' + route.request().url())
    return route.abort()
  })
  page.on('dialog', (d) => { bad.push('a dialog: ' + d.message()); return d.dismiss() })
  page.on('pageerror', (e) => bad.push('an error: ' + e.message))
  page.on('console', (m) => bad.push('the console: ' + m.text()))
  await page.goto(url)
  return { page, bad }
}

const visible = (page) => page.locator('#users tbody tr:visible').count()
const firsts = (page) => page.locator('#users tbody tr').evaluateAll((all) => all.map((r) => r.cells[0].innerText))

// accessible runs axe over the page as it stands, all rules.
async function accessible (page, what) {
  const { result, rules } = await page.evaluate(async () => {
    const r = await window.axe.run(document, { resultTypes: ['violations', 'incomplete'] })
    return { result: r.violations.map((v) => v.id + ': ' + v.help + ': ' + v.nodes.map((n) => n.html).slice(0, 3).join(' ')), rules: r.passes.length }
  })
  assert.deepEqual(result, [], what)
  assert.ok(rules > 20, 'axe looked at too little')
}

async function looks (browser, scheme) {
  const { page, bad } = await open(browser, { viewport: { width: 1400, height: 900 }, colorScheme: scheme })
  // The page's own policy keeps axe out as well; a debugger's evaluation passes it by.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
  await accessible(page, scheme)
  for (const width of [390, 800, 1400]) {
    await page.setViewportSize({ width, height: 900 })
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, `at ${width} the page is wider than the window`)
    await page.screenshot({ path: path.join(folder, `${scheme}-${width}.png`), fullPage: true })
  }
  const [paper, ink] = await page.evaluate(() => ['backgroundColor', 'color'].map((p) => getComputedStyle(document.body)[p].match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0)))
  assert.equal(paper > ink, scheme === 'light', 'paper and ink of ' + scheme)
  await page.close()
  assert.deepEqual(bad, [])
}

async function text (browser) {
  const { page, bad } = await open(browser)
  const all = await page.locator('body').innerText()
  for (const h of hostile) assert.ok(all.includes(h), h + ' is not shown as text')
  assert.equal(await page.locator('img, iframe, object, embed, link, a').count(), 0, 'elements that are not ours')
  assert.equal(await page.locator('script').count(), 1, 'scripts that are not ours')
  assert.equal(await page.locator('svg rect').count() > 4, true, 'there is no chart')
  await page.close()
  assert.deepEqual(bad, [])
}

async function works (browser) {
  const { page, bad } = await open(browser, { viewport: { width: 1400, height: 900 } })
  assert.equal(await visible(page), rows)
  const user = page.getByRole('button', { name: 'User', exact: true })
  const before = await firsts(page)
  await user.focus()
  await page.keyboard.press('Enter')
  const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare
  const sorted = await firsts(page)
  assert.notDeepEqual(sorted, before)
  for (let i = 1; i < sorted.length; i++) assert.ok(order(sorted[i - 1].split('\n')[0], sorted[i].split('\n')[0]) <= 0, `${sorted[i - 1]} before ${sorted[i]}`)
  assert.equal(await page.locator('#users th[aria-sort]').getAttribute('aria-sort'), 'ascending')
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('#users th[aria-sort]').getAttribute('aria-sort'), 'descending')
  assert.deepEqual(await firsts(page), sorted.toReversed())
  await page.getByRole('button', { name: 'Stage' }).click()
  const stages = await page.locator('#users tbody tr').evaluateAll((all) => all.map((r) => ['failed', 'notIssued', 'issued', 'used', 'registered'].indexOf(r.dataset.stage)))
  assert.deepEqual(stages, stages.toSorted((a, b) => a - b))

  await page.getByLabel('Stage', { exact: true }).selectOption('registered')
  const registered = stages.filter((s) => s === 4).length
  assert.ok(registered > 0 && registered < rows)
  assert.equal(await visible(page), registered)
  assert.equal(await page.locator('#shown').innerText(), `${registered} of ${rows} users`)
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByLabel('Contains').fill('ADELE vance')
  assert.equal(await visible(page), 1)
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByLabel('department').selectOption('=' + hostile[0])
  const some = await visible(page)
  assert.ok(some > 0 && some < rows)
  await page.getByRole('button', { name: 'Show all' }).click()
  assert.equal(await visible(page), rows)
  await page.close()
  assert.deepEqual(bad, [])
}

// A reader without JavaScript has the tables, and nothing that does not work.
async function plain (browser) {
  const { page, bad } = await open(browser, { javaScriptEnabled: false })
  assert.equal(await page.locator('#users tbody tr').count(), rows)
  assert.equal(await page.locator('#controls').isVisible(), false)
  assert.equal(await page.locator('button:visible, input:visible, select:visible').count(), 0)
  await page.close()
  assert.deepEqual(bad, [])
}

// Printed, the page is light and has every user.
async function prints (browser) {
  const { page, bad } = await open(browser, { colorScheme: 'dark' })
  const upns = await page.locator('#users .upn').allTextContents()
  assert.ok(upns.length > rows / 2)
  const pdf = path.join(folder, 'page.pdf')
  writeFileSync(pdf, await page.pdf({ preferCSSPageSize: true }))
  const printed = execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' }).replace(/\s+/g, '')
  for (const upn of upns) assert.ok(printed.includes(upn.replace(/\s+/g, '')), upn + ' is not printed')
  assert.ok(!printed.includes('Contains'), 'the controls are printed')
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)')
  await page.close()
  assert.deepEqual(bad, [])
}

async function main () {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
  try {
    for (const scheme of ['light', 'dark']) await looks(browser, scheme)
    await text(browser)
    await works(browser)
    await plain(browser)
    await prints(browser)
  } finally {
    await browser.close()
  }
  console.log(`the page of ${rows} users: loads nothing, shows markup as text, accessible in light and dark, sorts, filters, prints`)
}

main().catch((e) => { console.error(e); process.exitCode = 1 })
