import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { packageFile } from '../../../node/kernel/package-root.js'
import { regionRows } from '../../support/region-rows.js'
import { startComposedNode, type ComposedNode } from '../http/composed.js'
import { runHere } from './here.js'

const base = '/internal/bronnet/v1/registers/ciz/indicatieregister'
/** A record of the seed. */
const known = '53089759-97a5-4a50-b1c9-bae97b8e73f0'

let composed: ComposedNode
let directory: string
beforeAll(async () => {
  composed = await startComposedNode()
  directory = await mkdtemp(join(tmpdir(), 'bronnet-register-'))
})
afterAll(async () => {
  await composed.end()
  await rm(directory, { recursive: true })
})

const file = (name: string): string => join(directory, name)
const indicaties = regionRows('indicatieregister', { seed: 21, persons: 12 })['WlzIndicatie'] ?? []

const place = ['--subject', 'ciz', '--source', 'indicatieregister']

/** What a command said, and how it ended. */
async function run(...words: readonly string[]): Promise<{ readonly status: number | null; readonly said: string }> {
  const node = `http://127.0.0.1:${String(composed.node.internalPort)}`
  const { status, output, errors } = await runHere(['register', ...words, ...place, '--node', node])
  return { status, said: (output === '' ? errors : output).trimEnd() }
}

describe('bronnet register', () => {
  test('puts a record, and shows its history', async () => {
    const [record] = indicaties
    await writeFile(file('one.json'), JSON.stringify(record))
    const put = await run(
      'put',
      file('one.json'),
      '--type',
      'WlzIndicatie',
      '--expected',
      'absent',
      '--by',
      'Beheerder',
    )
    expect(put).toMatchObject({ status: 0, said: expect.stringMatching(/WlzIndicatie +\S+ +created +\d+/) })
    const again = await run('put', file('one.json'), '--type', 'WlzIndicatie', '--expected', 'absent')
    expect(again).toMatchObject({ status: 1, said: expect.stringMatching(/\(409\).*version/) })
    const history = await run('history', String(record?.['wlzindicatieID']), '--type', 'WlzIndicatie')
    expect(history).toMatchObject({ status: 0, said: expect.stringMatching(/created +Beheerder/) })
    const unknown = await run('history', '0d9a4f2e-6c3b-4b1f-9a7e-000000000000', '--type', 'WlzIndicatie')
    expect(unknown.status).toBe(1)
  })

  test('puts a list of changes as a whole', async () => {
    const [, second, third] = indicaties
    const changes = [
      { type: 'WlzIndicatie', record: second },
      { type: 'WlzIndicatie', record: { ...third, bsn: null } },
    ]
    await writeFile(file('changes.json'), JSON.stringify(changes))
    const refused = await run('put', file('changes.json'))
    expect(refused).toMatchObject({ status: 1, said: expect.stringMatching(/changes\[1\]\.bsn: expected String!/) })
    await writeFile(file('changes.json'), JSON.stringify(changes.slice(0, 1)))
    expect(await run('put', file('changes.json'))).toMatchObject({ status: 0 })
  })

  test('imports JSON with a report of what is wrong, and once more without writing again', async () => {
    const records = [...indicaties.slice(3), { wlzindicatieID: 'geheim' }]
    await writeFile(file('region.json'), JSON.stringify({ wlzIndicatie: records }))
    const words = ['import', file('region.json'), '--report', file('faults.jsonl')]
    const first = await run(...words)
    expect(first.status).toBe(1)
    expect(first.said).toMatch(/^wlzIndicatie\[\d+\]: rows\[\d+\]\.wlzindicatieID: expected a UUID/)
    expect(first.said).toMatch(new RegExp(`created ${String(records.length - 1)}, changed 0, unchanged 0, refused 1$`))
    const report = await readFile(file('faults.jsonl'), 'utf8')
    expect(JSON.parse(report)).toMatchObject({ place: `wlzIndicatie[${String(records.length - 1)}]` })
    expect(report).not.toContain('geheim')
    expect((await run(...words)).said).toMatch(
      new RegExp(`created 0, changed 0, unchanged ${String(records.length - 1)}, refused 1`),
    )
    expect(existsSync(file('region.json.progress'))).toBe(false)
  })

  test('exports what it can import again', async () => {
    const exported = await run('export', '--to', file('all.jsonl'))
    expect(exported).toMatchObject({ status: 0, said: expect.stringMatching(/^exported \d+ records$/) })
    const lines = (await readFile(file('all.jsonl'), 'utf8')).trim().split('\n')
    expect(lines.some((line) => line.includes(known))).toBe(true)
    const count = lines.length - 1
    expect(await run('import', file('all.jsonl'))).toEqual({
      status: 0,
      said: `created 0, changed 0, unchanged ${String(count)}, refused 0`,
    })
    expect((await run('export', '--to', file('all.jsonl'))).said).toMatch(/is there already/)
  })

  test('imports CSV: parts by their path, lists as JSON, numbers as the field says', async () => {
    const [record] = regionRows('indicatieregister', { seed: 22, persons: 3 })['WlzIndicatie'] ?? []
    if (record === undefined) throw new Error('no record')
    const { client: person, ...own } = record
    const cells: Record<string, unknown> = { ...own, vervaldatum: null }
    for (const [name, value] of Object.entries(Object(person) as object)) cells[`client.${name}`] = value
    const quote = (value: unknown): string => {
      const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
      return `"${text.replaceAll('"', '""')}"`
    }
    const table = [Object.keys(cells), Object.values(cells)].map((row) => row.map(quote).join(';')).join('\r\n')
    await writeFile(file('table.csv'), `\ufeff${table}\r\n`)
    const words = ['import', file('table.csv'), '--delimiter', ';']
    expect(await run(...words)).toMatchObject({ status: 64, said: expect.stringMatching(/--type/) })
    expect(await run(...words, '--type', 'WlzIndicatie')).toMatchObject({
      status: 0,
      said: expect.stringMatching(/created 1/),
    })
    await writeFile(file('table.csv'), `wlzindicatieID;besluitnummer;weg\n${known};twee;x\n`)
    expect((await run(...words, '--type', 'WlzIndicatie')).said).toMatch(
      /^2: rows\[0\]\.weg: WlzIndicatie has no such field/,
    )
  })

  test('goes on where an import was broken off, for the same file only', async () => {
    const rows = regionRows('indicatieregister', { seed: 23, persons: 600 })['WlzIndicatie'] ?? []
    const name = file('long.jsonl')
    await writeFile(name, rows.map((record) => JSON.stringify({ type: 'WlzIndicatie', record })).join('\n'))
    expect((await run('import', name, '--resume')).said).toMatch(/there is no .*progress/)
    const { size, mtimeMs } = await import('node:fs/promises').then(({ stat }) => stat(name))
    await writeFile(`${name}.progress`, JSON.stringify({ size, modified: mtimeMs, done: 200 }))
    const resumed = JSON.parse((await run('import', name, '--resume', '--json')).said) as object
    expect(resumed).toMatchObject({ created: rows.length - 200, skipped: 200 })
    await writeFile(`${name}.progress`, JSON.stringify({ size: size + 1, modified: mtimeMs, done: 200 }))
    expect((await run('import', name, '--resume')).said).toMatch(/not the one of before/)
  })

  test('says which file cannot be read', async () => {
    expect((await run('import', file('weg.csv'), '--type', 'WlzIndicatie')).said).toMatch(/cannot be read/)
    await writeFile(file('fout.jsonl'), '{"type":"WlzIndicatie"\n')
    expect((await run('import', file('fout.jsonl'))).said).toMatch(/line 1\) cannot be read/)
    expect((await run('import', packageFile('README.md'))).said).toMatch(/csv, json or jsonl/)
  })
})

describe('the internal interface of a register', () => {
  test('says which types there are', async () => {
    const { status, json } = await composed.inside('GET', base)
    expect([status, json]).toEqual([
      200,
      {
        schema: 'indicatieregister-2',
        types: [{ type: 'WlzIndicatie', root: 'wlzIndicatie', key: 'wlzindicatieID', references: {} }],
      },
    ])
  })

  test('tells what changed since a number', async () => {
    const { json } = await composed.inside('GET', `${base}/changes?by=test&after=0&limit=2`)
    expect(json).toMatchObject({ changes: [{ sequence: 1, by: 'seed', kind: 'created' }, { sequence: 2 }], next: 2 })
  })

  test.each([
    ['an unknown register', 'GET', '/internal/bronnet/v1/registers/ciz/weg', undefined, 404],
    ['a party that keeps none', 'GET', '/internal/bronnet/v1/registers/noord/indicatieregister', undefined, 404],
    ['changes without saying who asks', 'GET', `${base}/changes`, undefined, 400],
    ['no changes', 'POST', `${base}/changes`, { by: 'test', changes: [] }, 400],
    ['an unknown type', 'POST', `${base}/changes`, { by: 'test', changes: [{ type: 'Weg', remove: 'a' }] }, 400],
    [
      'a record that is not there',
      'POST',
      `${base}/changes`,
      { by: 'test', changes: [{ type: 'WlzIndicatie', remove: '0d9a4f2e-6c3b-4b1f-9a7e-000000000000' }] },
      404,
    ],
    ['a history of an unknown type', 'POST', `${base}/history`, { by: 'test', type: 'Weg', key: 'a' }, 400],
  ] as const)('refuses %s', async (_what, method, path, body, status) => {
    expect((await composed.inside(method, path, body)).status).toBe(status)
  })
})
