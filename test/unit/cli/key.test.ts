import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Ran } from '../../support/command-process.js'
import { startComposedNode, type ComposedNode } from '../http/composed.js'
import { runHere } from './here.js'

let composed: ComposedNode

beforeAll(async () => {
  composed = await startComposedNode()
})

afterAll(() => composed.end())

const onNode = (words: readonly string[]): Promise<Ran> =>
  runHere([...words, '--node', `http://127.0.0.1:${String(composed.node.internalPort)}`])

/** Runs the words behind `bronnet` against the node; returns what was said. */
async function run(...words: readonly string[]): Promise<string> {
  const { status, output, errors } = await onNode(words)
  expect([status, errors]).toEqual([0, ''])
  return output
}

const refusalOf = async (...words: readonly string[]): Promise<string> => (await onNode(words)).errors

interface Key {
  readonly keyId: string
  readonly state: string
}

const keysOf = async (subject: string): Promise<readonly Key[]> =>
  JSON.parse(await run('key', 'list', '--subject', subject, '--json')) as readonly Key[]

describe('bronnet key', () => {
  test('shows keys to people as a table, by the fragment of their ids', async () => {
    const [key] = await keysOf('ciz')
    const table = await run('key', 'list', '--subject', 'ciz')
    expect(table.split('\n')[0]).toMatch(/^KEY +ALGORITHM +STATE +ADDED +NEEDED UNTIL$/)
    expect(table).toContain(key?.keyId.split('#')[1])
    expect(table).not.toContain('did:web')
  })

  test('adds, promotes by force, and removes', async () => {
    const added = JSON.parse(await run('key', 'add', '--subject', 'ciz', '--algorithm', 'EdDSA', '--json')) as Key
    const name = added.keyId.split('#')[1] ?? ''
    expect(await refusalOf('key', 'promote', name, '--subject', 'ciz')).toContain('others may not know the key yet')
    expect(await run('key', 'promote', name, '--subject', 'ciz', '--force')).toContain('signing')
    const [old] = await keysOf('ciz')
    await run('key', 'remove', old?.keyId ?? '', '--subject', 'ciz', '--force')
    expect((await keysOf('ciz')).map(({ state }) => state)).toEqual(['signing'])
  })

  test('rotates in one word', async () => {
    expect(await run('key', 'rotate', '--subject', 'noord', '--force')).toContain('signing')
    expect((await keysOf('noord')).map(({ state }) => state)).toEqual(['retired', 'signing'])
  })

  test('gives up a key', async () => {
    const { keyId } = JSON.parse(await run('key', 'add', '--subject', 'stelsel', '--json')) as Key
    expect(await run('key', 'retire', keyId, '--subject', 'stelsel')).toContain('retired')
  })

  test.each([
    ['a subject that is not there', ['key', 'list', '--subject', 'nobody'], '404'],
    ['a key that is not there', ['key', 'retire', 'nobody', '--subject', 'ciz'], '404'],
    ['an algorithm that is not offered', ['key', 'add', '--subject', 'ciz', '--algorithm', 'RS256'], '400'],
  ])('says why it cannot, for %s', async (_, words, status) => {
    expect(await refusalOf(...words)).toContain(`the node refuses (${status})`)
  })
})

describe('bronnet subject', () => {
  test('makes, lists, shows and ends a subject', async () => {
    const made = JSON.parse(await run('subject', 'create', 'nieuw', '--json')) as { documents: { id: string }[] }
    const did = made.documents[0]?.id ?? ''
    expect(await run('subject', 'list')).toMatch(new RegExp(`^nieuw +${did}$`, 'm'))
    expect(JSON.parse(await run('subject', 'show', 'nieuw'))).toMatchObject({ id: did })
    expect(await run('subject', 'deactivate', 'nieuw')).toContain('deactivated nieuw')
    expect(await refusalOf('subject', 'show', 'nieuw')).toContain('404')
    expect(await run('subject', 'list', '--json')).not.toContain(did)
  })
})
