import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readDiscoveryDefinitions } from '../../../node/catalogue/definition.js'
import { discoveryDefinition } from '../../../scripts/demo/discovery-definition.js'
import { rejectionOf } from '../../support/refusals.js'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-definitions-'))
})

afterEach(() => rm(directory, { recursive: true }))

const good = discoveryDefinition({
  id: 'lijst',
  endpoint: 'https://node.example.nl/discovery/lijst',
  issuer: 'did:web:a',
})

const write = (name: string, value: unknown): Promise<void> =>
  writeFile(join(directory, name), typeof value === 'string' ? value : JSON.stringify(value))

async function noteFor(name: string, value: unknown): Promise<string> {
  await write(name, value)
  const refusal = await rejectionOf(readDiscoveryDefinitions(directory))
  expect(refusal.code).toBe('config.invalid')
  return refusal.notes.join(' ')
}

describe('the definitions of discovery services', () => {
  test('are the JSON files of a directory, in the order of their names', async () => {
    await write('b.json', { ...good, id: 'b', did_methods: undefined })
    await write('a.json', { ...good, id: 'a' })
    await write('README.md', 'not a definition')
    const definitions = await readDiscoveryDefinitions(directory)
    expect(definitions.map(({ id, didMethods, maxValiditySeconds }) => [id, didMethods, maxValiditySeconds])).toEqual([
      ['a', ['web'], 1_209_600],
      ['b', [], 1_209_600],
    ])
  })

  test('may be none', async () => {
    expect(await readDiscoveryDefinitions(directory)).toEqual([])
  })

  test('are not looked for in a directory that is not there', async () => {
    const refusal = await rejectionOf(readDiscoveryDefinitions(join(directory, 'weg')))
    expect(refusal.code).toBe('config.invalid')
  })

  test('do not define an id twice', async () => {
    await write('a.json', good)
    expect(await noteFor('b.json', good)).toMatch(/b\.json defines lijst again/)
  })

  test.each([
    ['is not JSON', '{', /is not JSON/],
    ['is a list', [], /expected object/],
    ['has no endpoint', { ...good, endpoint: undefined }, /endpoint/],
    ['has an endpoint that is no URL', { ...good, endpoint: 'node' }, /endpoint/],
    ['has an id that cannot stand in a URL', { ...good, id: 'a/b' }, /id: letters/],
    [
      'lets registrations live for less than a minute',
      { ...good, presentation_max_validity: 59 },
      /presentation_max_validity/,
    ],
    [
      'asks for what cannot be matched',
      { ...good, presentation_definition: { ...good.presentation_definition, submission_requirements: [{}] } },
      /submission_requirements/,
    ],
  ])('that %s is named with its fault', async (_what, value, expected) => {
    expect(await noteFor('a.json', value)).toMatch(expected)
  })

  test('that cannot be read is named', async () => {
    await mkdir(join(directory, 'map.json'))
    const refusal = await rejectionOf(readDiscoveryDefinitions(directory))
    expect([refusal.code, refusal.notes]).toEqual([
      'config.invalid',
      ['discovery.definitions: map.json cannot be read'],
    ])
  })
})
