import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { memberSubject } from '../../support/credentials.js'
import { service, startComposedNode, type ComposedNode } from '../http/composed.js'
import { runHere } from './here.js'

let running: ComposedNode
let directory: string
beforeAll(async () => {
  running = await startComposedNode()
  directory = await mkdtemp(join(tmpdir(), 'bronnet-discovery-'))
})
afterAll(async () => {
  await running.end()
  await rm(directory, { recursive: true, force: true })
})

/** Runs a command against the node, in this process. */
async function run(...words: string[]): Promise<{ status: number | null; output: string; failure: readonly string[] }> {
  const node = `http://127.0.0.1:${String(running.node.internalPort)}`
  const { status, output, errors } = await runHere([...words, '--node', node])
  const failure = errors.split('\n').filter((line) => line !== '')
  return { status, output: output.trimEnd(), failure }
}

async function membershipFor(subject: 'noord' | 'ciz', ofDid: string): Promise<string> {
  const file = join(directory, `${subject}.jwt`)
  const claims = join(directory, `${subject}.json`)
  await writeFile(claims, JSON.stringify(memberSubject(ofDid)))
  const issued = await run(
    ...['credential', 'issue', '--issuer', running.dids.stelsel, '--type', 'LedenadministratieCredential'],
    ...['--claims', claims, '--expires', '2048-01-01T00:00:00Z'],
  )
  await writeFile(file, `${issued.output}\n`)
  return file
}

describe('bronnet discovery and credential load', () => {
  test('a subject without a membership is not listed, and is told so', async () => {
    const { status, failure } = await run('discovery', 'join', '--subject', 'noord')
    expect(status).toBe(1)
    expect(failure.join()).toContain('the node refuses (412)')
  })

  test('a credential about somebody else does not come into the wallet', async () => {
    const file = await membershipFor('noord', running.dids.ciz)
    const { status, failure } = await run('credential', 'load', file, '--subject', 'noord')
    expect([status, failure.join()]).toEqual([1, expect.stringMatching(/^bronnet: the node refuses \(4\d\d\)/)])
  })

  test('with one that was loaded it is listed, and the status says so', async () => {
    const file = await membershipFor('noord', running.dids.noord)
    expect(await run('credential', 'load', file, '--subject', 'noord')).toMatchObject({ status: 0, failure: [] })
    expect(await run('discovery', 'join', '--subject', 'noord')).toMatchObject({
      status: 0,
      output: `noord is listed in ${service}`,
    })
    const { status, output } = await run('discovery', 'status', '--service', service)
    expect(status).toBe(0)
    expect(output).toMatch(new RegExp(`^${service} +fresh +1 +0 +noord +listed$`, 'm'))
    const json = JSON.parse((await run('discovery', 'status', '--json')).output) as object[]
    expect(json).toMatchObject([{ service, listed: 1, registrations: [{ subject: 'noord', status: 'listed' }] }])
  })

  test('a list that the node does not follow is refused, with those that it does', async () => {
    expect(await run('discovery', 'refresh', '--service', 'elders')).toMatchObject({
      status: 64,
      failure: [`bronnet: --service: the node knows ${service}`],
    })
    expect(await run('discovery', 'refresh')).toMatchObject({ status: 0, output: 'the copies are as the lists say' })
  })

  test('a file that holds no credential is refused', async () => {
    const file = join(directory, 'leeg')
    await writeFile(file, '{')
    expect(await run('credential', 'load', file, '--subject', 'noord')).toMatchObject({ status: 64 })
    await writeFile(file, 'geen token')
    expect((await run('credential', 'load', file, '--subject', 'noord')).status).toBe(1)
  })
})
