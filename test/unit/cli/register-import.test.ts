import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseArguments } from '../../../node/cli/arguments.js'
import { importFile } from '../../../node/cli/register-import.js'
import { registerCommands } from '../../../node/cli/register.js'
import type { CallNode } from '../../../node/cli/node-client.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-import-'))
})
afterAll(() => rm(directory, { recursive: true }))

test('a node whose store is tidying up is given time, and hears the same batch again', async () => {
  const file = join(directory, 'rows.jsonl')
  await writeFile(file, '{"type":"Client","record":{"clientID":"1"}}\n')
  const commands = registerCommands({ findConfiguration: () => Promise.reject(new Error('not asked')) })
  const request = parseArguments(commands, ['register', 'import', file, '--subject', 'gm', '--source', 'register'])
  if (request.kind !== 'run') throw new Error('no command')
  const sent: unknown[] = []
  const call: CallNode = ({ method, body }) => {
    if (method === 'GET')
      return Promise.resolve({
        status: 200,
        body: { schema: 's', types: [{ type: 'Client', root: 'client', key: 'clientID', references: {} }] },
      })
    sent.push(body)
    return Promise.resolve(
      sent.length === 1
        ? { status: 503, body: { code: 'storage-unavailable' } }
        : { status: 200, body: { rows: [{ type: 'Client', key: '1', outcome: 'created', version: 1 }] } },
    )
  }
  const [said, noted]: [string[], string[]] = [[], []]
  const terminal = { say: (text: string) => void said.push(text), note: (text: string) => void noted.push(text) }
  expect(await importFile(call, '/path', request.given, terminal)).toBe(0)
  expect(sent).toHaveLength(2)
  expect(sent[1]).toEqual(sent[0])
  expect(said.join()).toContain('created 1')
  expect(noted.join()).toContain('the node is not ready for more; again in 1 s')
})
