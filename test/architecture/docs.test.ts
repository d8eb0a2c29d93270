import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../node/cli/arguments.js'
import { exitStatus, exitStatusWords } from '../../node/cli/exit-status.js'
import { createMetrics } from '../../node/http/metrics.js'
import { errorCodes } from '../../node/kernel/errors.js'
import { loadEventTypes } from '../../node/policy/event-types.js'
import { publicErrors } from '../../node/http/errors/table.js'
import { auditCodes } from '../../schemas/audit-codes.js'
import { configurationFields } from '../../schemas/configuration-fields.js'
import { internalRoles } from '../../schemas/internal-listener.js'
import { readInternalCalls } from '../../scripts/callers.js'
import { areaTable, callTable, roleTable } from '../../scripts/reference.js'
import { commandTable } from '../../scripts/command-table.js'
import { wordsOf } from '../support/shell-words.js'

const rooms = readdirSync('node', { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe('the README of a room', () => {
  test.each(rooms)('$name has one of at most 20 lines', ({ name }) => {
    const path = `node/${name}/README.md`
    expect(existsSync(path)).toBe(true)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines[0]).toBe(`# ${name}`)
    expect(lines.length).toBeLessThanOrEqual(20)
  })
})

const paths = [
  'README.md',
  'CHANGELOG.md',
  'registry-client/README.md',
  ...readdirSync('docs').flatMap((file) => (file.endsWith('.md') ? [join('docs', file)] : [])),
]
const documents = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
const guides = documents.filter(({ path }) => path !== 'CHANGELOG.md')
const allGuides = guides.map(({ text }) => text).join('\n')

/** Lines to type that stand in a document, without the remark behind them. */
const typedIn = (text: string): readonly string[] =>
  Array.from(text.matchAll(/^```sh\n([^]*?)^```$/gm), ([, block = '']) => block)
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => /^(?:npx )?(bronnet .*)$/.exec(line)?.[1]?.replace(/\s#.*$/, '') ?? [])

const spanAttributes = membersOf('node/kernel/spans.ts', 'SpanAttributes')
const logFields = membersOf('node/kernel/log.ts', 'LogFields')
const section = (heading: string): string =>
  readFileSync('docs/operate.md', 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''

describe('what docs/operate.md says for whoever watches a node', () => {
  test('has every field of the log, and no other', () => {
    const rows = section('The log')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    const told = rows.flatMap((row) =>
      Array.from((row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g), ([, name = '']) => name),
    )
    expect(logFields.length).toBeGreaterThan(10)
    expect([...told].sort()).toEqual([...logFields, 'level', 'msg', 'node', 'time'].sort())
  })

  test('has every attribute of spans, and no other', () => {
    const rows = section('Traces')
      .split('\n')
      .filter((line) => line.startsWith('| ') && line.includes('`'))
    const told = rows.flatMap((row) =>
      Array.from((row.split(' | ')[2] ?? '').matchAll(/`([^`]+)`/g), ([, name = '']) => name),
    )
    expect(spanAttributes.length).toBeGreaterThan(5)
    expect([...new Set(told)].sort()).toEqual([...spanAttributes].sort())
  })
})

describe('the documents for people', () => {
  test.each(documents)('$path: its links lead somewhere, also to a heading', ({ path, text }) => {
    const targets = Array.from(text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, target = '']) => target)
    const broken = targets.filter((target) => {
      const [file = '', heading] = target.split('#')
      const found = file === '' ? path : join(dirname(path), file)
      if (!existsSync(found)) return true
      return heading !== undefined && !anchorsOf(readFileSync(found, 'utf8')).includes(heading)
    })
    expect(broken).toEqual([])
  })

  test.each(guides)('$path: its commands are ones that bronnet takes', ({ text }) => {
    expect(typedIn(text).filter((line) => faultOf(line) !== undefined)).toEqual([])
  })

  test('tell of every command and option', () => {
    for (const { name, options } of commandTable) {
      expect(allGuides).toContain(`### bronnet ${name}\n`)
      for (const option of options)
        expect([name, allGuides]).toEqual([name, expect.stringContaining(`--${option.name}`)])
    }
  })

  test('tell of no command that is not there', () => {
    const known = new Set([...commandTable.map(({ name }) => name.split(' ')[0]), 'help', 'version'])
    const named = Array.from(allGuides.matchAll(/`bronnet ([a-z-]+)/g), ([, name = '']) => name)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  test.each(guides)('$path: the settings that it names exist', ({ text }) => {
    const groups = new Set(configurationFields.map(({ path }) => path.split('.')[0]))
    const named = Array.from(text.matchAll(/`([a-z]+(?:\.[a-zA-Z]+)+)`/g), ([, name = '']) => name)
    expect(named.filter((name) => groups.has(name.split('.')[0]) && !isKnown(name))).toEqual([])
  })

  test('tell of every setting', () => {
    expect(
      configurationFields.map(({ path }) => path).filter((path) => !allGuides.includes(`| \`${path}\` |`)),
    ).toEqual([])
  })

  test.each(documents)('$path: the codes of errors that it names exist', ({ text }) => {
    const groups = new Set(errorCodes.map((code) => code.split('.')[0]))
    const named = Array.from(text.matchAll(/`([a-z]+\.[a-z_]+)`/g), ([, name = '']) => name)
    expect(named.filter((name) => groups.has(name.split('.')[0]) && !isKnown(name))).toEqual([])
  })

  test('tell of every code of an error, with its public code and status', () => {
    for (const code of errorCodes) {
      const { code: shown, status } = publicErrors[code]
      expect(allGuides).toContain(`| \`${code}\` | \`${shown}\` | ${String(status)} |`)
    }
  })

  test('tell of every event of the journal', () => {
    for (const [code, { title }] of Object.entries(auditCodes))
      expect(allGuides).toMatch(new RegExp(`^\\| \`${code}\` \\|.* \\| ${title} \\|$`, 'm'))
  })

  test('tell of every event type of notifications, and of none that is not there', () => {
    const { all } = loadEventTypes()
    for (const { eventType, aliases } of all)
      expect(allGuides).toContain(`| \`${eventType}\` | ${aliases.map((alias) => `\`${alias}\``).join(', ')} |`)
    const known = new Set(all.flatMap(({ eventType, aliases }) => [eventType, ...aliases]))
    const prefixes = new Set([...known].map((name) => name.split('_')[0]))
    const named = Array.from(allGuides.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g), ([, name = '']) => name)
    const others = ['IWLZ_VERPLICHT', 'IWLZ_VRIJWILLIG']
    const unknown = named.filter((name) => prefixes.has(name.split('_')[0]) && !known.has(name))
    expect(unknown.filter((name) => !others.includes(name))).toEqual([])
  })

  test('tell of every exit status, with its meaning', () => {
    for (const [name, status] of Object.entries(exitStatus))
      expect(allGuides).toContain(`| ${String(status)} | ${exitStatusWords[name as keyof typeof exitStatus]} |`)
  })

  test('tell of every metric, and of none that is not there', async () => {
    const text = await createMetrics({ version: '' }).text()
    const known = Array.from(text.matchAll(/^# TYPE (\S+) /gm), ([, name = '']) => name)
    expect(known.length).toBeGreaterThan(10)
    expect(known.filter((name) => !allGuides.includes(`| \`${name}\` |`))).toEqual([])
    const named = Array.from(allGuides.matchAll(/`(bronnet_[a-z_]+)/g), ([, name = '']) => name)
    const series = /_(bucket|sum|count)$/
    expect(named.filter((name) => !known.includes(name) && !known.includes(name.replace(series, '')))).toEqual([])
  })
})

describe('who may call what', () => {
  test('stands in the documents as the routes have it', async () => {
    const calls = await readInternalCalls()
    expect(calls.length).toBeGreaterThan(100)
    for (const made of [callTable(calls), areaTable(calls), roleTable()]) expect(allGuides).toContain(`\n${made}\n`)
  })

  test('gives a reader what changes nothing, and the other roles something of their own', async () => {
    const calls = await readInternalCalls()
    const of = (role: string) =>
      calls.filter(({ callers }) => callers !== 'anybody' && callers.some((each) => each === role))
    expect(of('reader').filter(({ method }) => method !== 'GET')).toEqual([])
    expect(internalRoles.filter((role) => of(role).length === 0)).toEqual([])
    expect(of('administrator').length).toBe(calls.filter(({ callers }) => callers !== 'anybody').length)
  })
})

describe('the examples of a command', () => {
  test.each(commandTable)('bronnet $name: there is one, and bronnet takes it', ({ name, examples }) => {
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      expect([example, faultOf(example)]).toEqual([example, undefined])
      expect(example.startsWith(`bronnet ${name}`)).toBe(true)
    }
  })
})

/** What `bronnet` would say is wrong with a whole line; `undefined` when it would do it. */
function faultOf(line: string): string | undefined {
  const [first, ...words] = wordsOf(line)
  if (first !== 'bronnet') return `${String(first)} is not bronnet`
  const request = parseArguments(commandTable, words)
  return request.kind === 'mistake' ? request.fault : undefined
}

/** Whether there is a setting, a code of an error or an event of the journal with this name. */
/** Members that an interface of ours lists, one a line. */
function membersOf(file: string, name: string): readonly string[] {
  const body = readFileSync(file, 'utf8').split(`export interface ${name} {`)[1]?.split('\n}')[0] ?? ''
  return Array.from(body.matchAll(/^ {2}readonly '?([a-zA-Z._]+)'?\??:/gm), ([, member = '']) => member)
}

function isKnown(name: string): boolean {
  if (spanAttributes.includes(name)) return true
  return (
    configurationFields.some(({ path }) => path === name || path.startsWith(`${name}.`)) ||
    errorCodes.some((code) => code === name) ||
    Object.hasOwn(auditCodes, name)
  )
}

/** As the pages of a repository make them. */
function anchorsOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
