import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { publicErrors } from '../../node/http/errors/table.js'
import { createMetrics } from '../../node/http/metrics.js'
import { errorCodes } from '../../node/kernel/errors.js'

/** Labels that Prometheus adds, and that of buckets. */
const ownLabels = ['instance', 'job', 'le']
/** What Prometheus knows by itself. */
const ownMetrics = ['up']

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Bronnet[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[mh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
})

const dashboardSchema = z.looseObject({
  uid: z.literal('bronnet'),
  panels: z.array(
    z.looseObject({
      id: z.number(),
      title: z.string().min(1),
      type: z.string(),
      targets: z.array(z.looseObject({ expr: z.string(), legendFormat: z.string() })).optional(),
    }),
  ),
})

const alarms = rulesSchema
  .parse(parse(readFileSync('deploy/prometheus/alerts.yaml', 'utf8')))
  .groups.flatMap(({ rules }) => rules)
const { panels } = dashboardSchema.parse(JSON.parse(readFileSync('deploy/grafana/bronnet.json', 'utf8')))
const runBook = readFileSync('docs/run-book.md', 'utf8')
const expressions = [
  ...alarms.map(({ alert, expr }) => ({ where: alert, expr })),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
  ...Array.from(runBook.matchAll(/`([^`\n]*bronnet_[^`\n]*)`/g), ([, expr = '']) => ({
    where: 'docs/run-book.md',
    expr,
  })),
]

/** Labels by the name of a series: a histogram has three. */
const labelsOf = new Map<string, readonly string[]>()
let families: readonly string[]

beforeAll(async () => {
  const metrics = createMetrics({ version: '' })
  const files = readdirSync('node/http').filter((name) => name.endsWith('.ts'))
  const source = files.map((name) => readFileSync(`node/http/${name}`, 'utf8')).join('\n')
  const text = await metrics.text()
  families = Array.from(text.matchAll(/^# TYPE (\S+) /gm), ([, name = '']) => name)
  for (const name of families) {
    const declared = source.slice(source.indexOf(`'${name}'`), source.indexOf('registers', source.indexOf(`'${name}'`)))
    const shared = /labelNames,/.test(declared)
      ? source
          .slice(0, source.indexOf(`'${name}'`))
          .split('const labelNames = ')
          .at(-1)
      : declared.split('labelNames: ')[1]
    const labels = Array.from((shared ?? '').split(']')[0]?.matchAll(/'([a-z_]+)'/g) ?? [], ([, label = '']) => label)
    for (const suffix of ['', '_bucket', '_count', '_sum']) labelsOf.set(`${name}${suffix}`, labels)
  }
})

const seriesIn = (expr: string): readonly string[] => Array.from(expr.matchAll(/\bbronnet_[a-z_]+/g), ([name]) => name)

describe('what watches a node', () => {
  test.each(expressions)('$where asks for metrics and labels that there are: $expr', ({ expr }) => {
    const series = seriesIn(expr)
    expect(series.length > 0 || ownMetrics.some((name) => expr.startsWith(name))).toBe(true)
    expect(series.filter((name) => !labelsOf.has(name))).toEqual([])
    const known = [...ownLabels, ...series.flatMap((name) => labelsOf.get(name) ?? [])]
    const used = [
      ...Array.from(expr.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"/g), ([, label = '']) => label),
      ...Array.from(expr.matchAll(/\bby \(([^)]*)\)/g), ([, list = '']) => list.split(/,\s*/)).flat(),
    ]
    expect(used.filter((label) => !known.includes(label))).toEqual([])
    // As far as it can be seen without the program that evaluates it.
    expect(expr.split('(').length).toBe(expr.split(')').length)
  })

  test('names only codes and outcomes that there are', () => {
    const codes = new Set<string>(Object.values(publicErrors).map(({ code }) => code))
    const outcomes = new Set<string>([...errorCodes, 'good', 'permitted', 'refused'])
    for (const { where, expr } of expressions) {
      for (const [, list = ''] of expr.matchAll(/\bcode=~?"([^"]*)"/g))
        expect([where, list.split('|').filter((code) => !codes.has(code))]).toEqual([where, []])
      for (const [, list = ''] of expr.matchAll(/\boutcome(?:=~|=|!=)"([^"]*)"/g))
        expect([where, list.split('|').filter((outcome) => !outcomes.has(outcome))]).toEqual([where, []])
    }
  })

  test('the dashboard shows every metric, on panels with names and numbers of their own', () => {
    const shown = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => seriesIn(expr)))
    expect(families.filter((name) => !shown.some((series) => series.startsWith(name)))).toEqual([])
    for (const members of [panels.map(({ id }) => String(id)), panels.map(({ title }) => title)])
      expect(new Set(members).size).toBe(members.length)
  })
})

describe('every alarm', () => {
  test('has a name of its own, and its page in the run book, which has no other', () => {
    const names = alarms.map(({ alert }) => alert)
    expect(new Set(names).size).toBe(names.length)
    const pages = Array.from(runBook.matchAll(/^## (\S+)$/gm), ([, name = '']) => name)
    expect([...pages].sort()).toEqual([...names].sort())
    for (const { alert, annotations } of alarms)
      expect(annotations.runbook).toBe(`docs/run-book.md#${alert.toLowerCase()}`)
  })

  test('says what to do: the page is not empty', () => {
    for (const [, page = ''] of runBook.matchAll(/^## \S+\n([\s\S]*?)(?=^## |$(?![\s\S]))/gm))
      expect(page.trim().length).toBeGreaterThan(80)
  })
})
