import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Catalogue } from '../../../node/catalogue/catalogue.js'
import { renderCatalogue } from '../../../node/web/catalogue-page.js'
import { renderDataset } from '../../../node/web/dataset-page.js'
import { renderPolicy } from '../../../node/web/policy-page.js'
import { pageSecurityPolicy } from '../../../node/web/style.js'
import { renderVersions } from '../../../node/web/versions-page.js'
import { wordsIn } from '../../../node/web/words.js'
import { exampleCatalogue, examplePages, examplePolicyRules, exampleView } from '../../support/catalogue-view.js'

const paths = [
  '/catalogus',
  '/catalogus/datasets/wmo',
  '/catalogus/services/wmo',
  '/catalogus/policies/wmo/v1',
  '/catalogus/versions',
]

let catalogue: Catalogue
let dutch: ReadonlyMap<string, string>
let english: ReadonlyMap<string, string>

beforeAll(async () => {
  catalogue = await exampleCatalogue(['wmo', 'jeugd'])
  dutch = examplePages(exampleView(catalogue))
  english = examplePages(exampleView(catalogue, 'en'))
})

const find = (page: string, pattern: RegExp): readonly string[] =>
  Array.from(page.matchAll(pattern), ([, text = '']) => text)

/** The page without markup and white space. */
const textOf = (page: string): string =>
  page
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

describe.each(paths)('%s', (path) => {
  test('is one whole page with a language, a title and the landmarks', () => {
    for (const [language, pages] of [
      ['nl', dutch],
      ['en', english],
    ] as const) {
      const page = pages.get(path) ?? ''
      expect(page).toMatch(/^<!doctype html>\s*<html lang="(nl|en)">/)
      expect(find(page, /<html lang="([a-z]+)"/g)).toEqual([language])
      expect(find(page, /<title>([^<]+)<\/title>/g)).toHaveLength(1)
      for (const landmark of ['header', 'main', 'footer'])
        expect(find(page, new RegExp(`<(${landmark})[ >]`, 'g'))).toHaveLength(1)
      expect(page).toContain('<a class="nl-skip-link" href="#inhoud">')
      expect(page).toContain('id="inhoud"')
    }
  })

  test('has one first heading, and skips no level below it', () => {
    const levels = find(dutch.get(path) ?? '', /<h([1-6])/g).map(Number)
    expect(levels[0]).toBe(1)
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    levels.forEach((level, index) => expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1))
  })

  test('names each thing once, and points at nothing that is not there', () => {
    const page = dutch.get(path) ?? ''
    const ids = find(page, / id="([^"]*)"/g)
    expect(new Set(ids).size).toBe(ids.length)
    const pointed = [...find(page, / aria-labelledby="([^"]*)"/g), ...find(page, / href="#([^"]*)"/g)]
    expect(pointed.filter((id) => !ids.includes(id))).toEqual([])
  })

  test('has tables with a caption and headings, in a place that can be scrolled by keyboard', () => {
    for (const table of find(
      dutch.get(path) ?? '',
      /(<div class="nl-table-container"[^>]*>\s*<table[^]*?<\/table>)/g,
    )) {
      expect(table).toMatch(/^<div [^>]*role="region"[^>]*tabindex="0"/)
      expect(table).toMatch(/<caption[ >]/)
      expect(table).toMatch(/<th scope="col">/)
      expect(table).toMatch(/<th scope="row">/)
    }
    expect(find(dutch.get(path) ?? '', /(<table)/g).length).toBe(find(dutch.get(path) ?? '', /(<caption)/g).length)
  })

  test('needs no script and nothing of elsewhere, and its policy allows its one style', () => {
    const page = dutch.get(path) ?? ''
    expect(page).not.toMatch(/<(script|img|iframe|object|embed|form|base|svg|link rel="(?!canonical|alternate))/)
    expect(page).not.toMatch(/ (on[a-z]+|style|src|srcset)=/)
    const [style = '', ...more] = find(page, /<style>([^<]*)<\/style>/g)
    expect(more).toEqual([])
    expect(style).not.toMatch(/url\(|@import|expression/)
    expect(pageSecurityPolicy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(pageSecurityPolicy).toMatch(/^default-src 'none';/)
    expect(pageSecurityPolicy).not.toContain('unsafe')
  })

  test('leads to its own pages in its own language, and to the other language', () => {
    const links = find(
      english.get(path) ?? '',
      /<a class="nl-link" href="(https:\/\/node\.voorbeeld\.example\/catalogus[^"]*)"/g,
    )
    const pages = links.filter((link) => !/\.(jsonld|ttl)$|\/proof$|\/rules$/.test(link))
    expect(pages.filter((link) => !link.endsWith('?taal=en'))).toEqual([`https://node.voorbeeld.example${path}`])
  })

  test('says Dutch only where it says that it is Dutch, on an English page', () => {
    const page = textOf((english.get(path) ?? '').replace(/<(\w+)[^>]* lang="nl"[^>]*>[^<]*<\/\1>/g, ''))
    const known = new Set(Object.values(wordsIn('en')))
    const own = Object.values(wordsIn('nl')).filter((words) => !known.has(words) && !/^\S{1,11}$/.test(words))
    const law = 'Wet maatschappelijke ondersteuning 2015, artikel 2.3.5'
    expect([...own, law].filter((words) => page.includes(words))).toEqual([])
    expect([...known].some((words) => page.includes(words))).toBe(true)
  })
})

describe('the first page', () => {
  test('says what is held, for what, who may ask, on which ground and whom to call', () => {
    const text = textOf(dutch.get('/catalogus') ?? '')
    for (const words of [
      'Catalogus van Gemeente Voorbeeld',
      'Maatwerkvoorzieningen',
      'Uitvoeren van de Wmo',
      'Gemeente',
      'Wet maatschappelijke ondersteuning 2015, artikel 2.3.5',
      'Elke dag',
      'gegevens@voorbeeld.example',
      'did:web:node.voorbeeld.example',
      'zegt nooit over wie er gegevens zijn',
    ])
      expect(text).toContain(words)
  })

  test('says that it names no contact, when it does not', () => {
    const { contact: _, ...view } = exampleView(catalogue)
    expect(textOf(renderCatalogue(view))).toContain('geen contactpunt')
  })
})

describe('the page of rules', () => {
  test('has each rule under the four questions, with its grondslag and the status of that', () => {
    const text = textOf(dutch.get('/catalogus/policies/wmo/v1') ?? '')
    const questions = ['Wie', 'Wat', 'Waarvoor', 'Wanneer', 'Grondslag']
    const [, ...rules] = text.split(/UCIR-0001\.v1|AUTORISATIE-INDICATIE\.v1/)
    expect(rules).toHaveLength(2)
    for (const rule of rules) for (const question of questions) expect(rule).toContain(` ${question} `)
    expect(rules[0]).toMatch(
      /Zorgkantoor .*initieelVerantwoordelijkZorgkantoor = uw eigen UZOVI-nummer.*geldend vanaf 4 oktober 2024/,
    )
    expect(rules[1]).toMatch(
      /Tot het einde van de autorisatie.*experiment vanaf 1 november 2026.*De velden die de bronhouder/,
    )
  })

  test('says what a rule asks of lists, periods, comparisons and facts, and expands its sets', () => {
    const [dataset] = catalogue.datasets
    const [policy] = dataset?.policies ?? []
    const pack = examplePolicyRules()
    const [rule] = pack.rules
    if (dataset === undefined || policy === undefined || rule === undefined) throw new Error('the example is empty')
    const { fields: _, ...wat } = rule.wat
    const rich = {
      ...pack,
      sets: { adres: ['straatnaam', 'plaatsnaam'] },
      rules: [
        {
          ...rule,
          wat: {
            ...wat,
            filterEquals: { wet: 'value.WMO' as const },
            own: { start: 'ingangsdatum', end: 'einddatum', open: true },
            paths: { '': ['wlzindicatieID'], 'client.contactGegevens': ['@adres'] },
            forbidden: ['client.partnernaam'],
            nested: {
              wzd: {
                overlaps: { start: 'ingangsdatum', end: 'einddatum', window: 'contacts' as const },
                inForceOn: { start: 'ingangsdatum', end: 'einddatum', day: 'peildatum' },
                equals: { instelling: 'requester.agb' as const },
              },
            },
            compare: { afgiftedatum: ['gte' as const, 'lt' as const] },
            narrow: true,
          },
          facts: [
            {
              name: 'er is een bemiddeling',
              register: 'bemiddelingsregister',
              at: 'network' as const,
              operation: 'bemiddeling',
              where: {},
              not: {},
              select: 'id',
            },
          ],
          grondslag: { ...rule.grondslag, until: '2027-12-31' },
        },
      ],
    }
    const text = textOf(renderPolicy(exampleView(catalogue), policy, dataset, { pack: rich })).replaceAll(' ,', ',')
    for (const words of [
      'Uw eigen periode staat in: ingangsdatum, einddatum (zonder einde)',
      'wzd : alleen wat overlapt met uw eigen periode, tot twee jaar na het einde daarvan',
      'wzd : alleen wat geldt op peildatum',
      'wet = WMO',
      'wzd.instelling = uw eigen AGB-code',
      'Ook te vergelijken: afgiftedatum, gte, lt',
      'Blijft dicht: client.partnernaam',
      'worden weggelaten en genoemd',
      'Ook waar moet zijn: er is een bemiddeling (gevraagd bij andere bronhouders)',
      'tot en met 31 december 2027',
      'bovenaan wlzindicatieID',
      'client.contactGegevens straatnaam, plaatsnaam',
    ])
      expect(text).toContain(words)
  })

  test.each(readdirSync('policies'))('of the pack %s has every rule of it, each thing by a name of its own', (name) => {
    const [dataset] = catalogue.datasets
    const [policy] = dataset?.policies ?? []
    if (dataset === undefined || policy === undefined) throw new Error('the example is empty')
    const pack = examplePolicyRules(name)
    const page = renderPolicy(exampleView(catalogue), policy, dataset, { pack })
    const ids = find(page, / id="([^"]*)"/g)
    expect(new Set(ids).size).toBe(ids.length)
    expect(pack.rules.filter(({ id, version }) => !ids.includes(`${id}.v${version}`))).toEqual([])
    expect(textOf(page)).not.toMatch(/ @[a-z]|undefined|\[object/)
  })

  test('says so when the rules are not there', () => {
    const [dataset] = catalogue.datasets
    const [policy] = dataset?.policies ?? []
    if (dataset === undefined || policy === undefined) throw new Error('the example is empty')
    expect(textOf(renderPolicy(exampleView(catalogue), policy, dataset, undefined))).toContain(
      'staan niet op deze pagina',
    )
    expect(examplePolicyRules().rules.length).toBeGreaterThan(0)
  })
})

describe('the page of versions', () => {
  test('marks the one that is in force', () => {
    const rows = find(dutch.get('/catalogus/versions') ?? '', /<th scope="row">([^]*?)<\/tr>/g).map(textOf)
    expect(rows.map((row) => row.includes('nu geldig'))).toEqual([true, false])
  })

  test('says that there are none', () => {
    const page = renderVersions(exampleView(catalogue), `${catalogue.id}/versions`, [])
    expect(textOf(page)).toContain('geen eerdere versies')
    expect(page).not.toContain('<table')
  })

  test('an earlier version says on every page that it is one', () => {
    const page = renderCatalogue({ ...exampleView(catalogue), isEarlier: true })
    expect(textOf(page)).toContain('U leest een eerdere versie')
  })
})

test('nothing that a catalogue says can become markup or a script', () => {
  const hostile = '"><script>alert(1)</script>'
  const [dataset] = catalogue.datasets
  if (dataset === undefined) throw new Error('the example is empty')
  const poisoned = {
    ...dataset,
    title: { nl: hostile },
    description: { [`nl"${hostile}`]: hostile },
    keywords: [hostile],
    conformsTo: ['javascript:alert(1)'],
    legislation: [`https://wetten.overheid.nl/BWBR0035917&artikel=${hostile}`],
    modified: hostile,
    version: hostile,
    policies: [{ id: 'javascript:alert(1)', permissions: [], enforcedBy: 'javascript:alert(1)', digest: hostile }],
  }
  const view = {
    ...exampleView({ ...catalogue, datasets: [poisoned], title: { nl: hostile } }),
    contact: { name: { nl: hostile }, address: 'javascript:alert(1)' },
  }
  for (const page of [renderCatalogue(view), renderDataset(view, poisoned)]) {
    expect(page).not.toMatch(/<script/i)
    expect(page).not.toMatch(/href="[^"]*javascript:/i)
    expect(page).toContain('&quot;&gt;&lt;script&gt;')
  }
})
