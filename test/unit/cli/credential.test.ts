import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { claimsOf, memberSubject } from '../../support/credentials.js'
import { startComposedNode, type ComposedNode } from '../http/composed.js'
import { runHere } from './here.js'

let running: ComposedNode
let directory: string
let node: string
beforeAll(async () => {
  running = await startComposedNode()
  node = `http://127.0.0.1:${String(running.node.internalPort)}`
  directory = await mkdtemp(join(tmpdir(), 'bronnet-credential-'))
  await writeFile(join(directory, 'lid.json'), JSON.stringify(memberSubject(running.dids.noord)))
  await writeFile(join(directory, 'bad.json'), '{')
})
afterAll(async () => {
  await running.end()
  await rm(directory, { recursive: true, force: true })
})

/** Runs a command against the node, in this process. */
async function run(...words: string[]): Promise<{ status: number | null; output: string; failure: readonly string[] }> {
  const { status, output, errors } = await runHere([...words, '--node', node])
  const failure = errors.split('\n').filter((line) => line !== '')
  return { status, output: output.trimEnd(), failure }
}

const file = (name: string): string => join(directory, name)

async function issue(...more: string[]): Promise<string> {
  const given = ['--issuer', running.dids.stelsel, '--claims', file('lid.json'), '--expires', '2099-01-01T00:00:00Z']
  const { output } = await run('credential', 'issue', '--type', 'LedenadministratieCredential', ...given, ...more)
  return output
}

async function hold(compact: string): Promise<string> {
  await running.inside('POST', '/internal/vcr/v2/holder/noord/vc', JSON.stringify(compact), {
    'content-type': 'application/json',
  })
  return String(claimsOf(compact)['jti'])
}

describe('bronnet credential', () => {
  test('issues, verifies, lists, shows and revokes', async () => {
    const compact = await issue()
    expect(compact).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    await writeFile(file('lid.jwt'), `${compact}\n`)
    expect(await run('credential', 'verify', file('lid.jwt'))).toMatchObject({
      status: 0,
      output: 'The credential is good.',
    })
    const id = await hold(compact)

    const listed = await run('credential', 'list', '--subject', 'noord')
    expect(listed.output).toMatch(/^TYPE +EXPIRES +NOTE +ISSUER +ID\n/)
    expect(listed.output).toContain(id)
    const asJson = await run('credential', 'list', '--subject', 'noord', '--json')
    expect(JSON.parse(asJson.output)).toMatchObject({ credentials: [{ id, usable: true }] })

    const shown = await run('credential', 'show', '--subject', 'noord', id)
    expect(shown.output).toContain('"name": "Zorgkantoor Noord"')

    expect((await run('credential', 'revoke', id)).output).toBe('The credential is revoked.')
    const again = await run('credential', 'revoke', id)
    expect([again.status, again.failure]).toEqual([1, [expect.stringMatching(/\(409\): .*revoked before/)]])
    const verified = await run('credential', 'verify', file('lid.jwt'))
    expect([verified.status, verified.output]).toEqual([1, expect.stringMatching(/not good.*revoked/)])
    expect((await run('credential', 'list', '--subject', 'noord')).output).toMatch(/revoked/)
  })

  test('issues until the first moment of a day, and says how a moment is written', async () => {
    const given = ['--type', 'LedenadministratieCredential', '--claims', file('lid.json')]
    const until = (expires: string) =>
      run('credential', 'issue', '--issuer', running.dids.stelsel, ...given, '--expires', expires)
    expect(claimsOf((await until('2099-01-01')).output)['exp']).toBe(Date.UTC(2099, 0, 1) / 1000)
    const wrong = await until('1 januari')
    expect([wrong.status, wrong.failure]).toEqual([64, [expect.stringContaining('such as 2027-01-01T00:00:00Z')]])
  })

  test('suspends and resumes', async () => {
    const compact = await issue()
    await writeFile(file('geschorst.jwt'), compact)
    const id = String(claimsOf(compact)['jti'])
    const suspended = await run('credential', 'suspend', id, '--reason', 'in onderzoek')
    expect(suspended).toMatchObject({ status: 0, output: 'The credential is suspended.' })
    expect((await run('credential', 'verify', file('geschorst.jwt'))).output).toMatch(/not good.*suspended/)
    expect((await run('credential', 'resume', id, '--json')).output).toBe(JSON.stringify({ resumed: id }))
    expect((await run('credential', 'verify', file('geschorst.jwt'))).output).toBe('The credential is good.')
    const unknown = await run('credential', 'suspend', `${id}0`)
    expect([unknown.status, unknown.failure]).toEqual([1, [expect.stringMatching(/\(404\)/)]])
  })

  test('issues as JSON for programs, and says what is wrong with a request', async () => {
    expect(await issue('--json')).toMatch(/^"[\w.-]+"$/)
    const claims = ['--claims', file('lid.json'), '--expires', '2020-01-01T00:00:00Z']
    const given = ['--issuer', running.dids.stelsel, '--type', 'LedenadministratieCredential', ...claims]
    const refused = await run('credential', 'issue', ...given)
    expect([refused.status, refused.failure]).toEqual([1, [expect.stringContaining('lies in the past')]])
  })

  test('says that a wallet is empty', async () => {
    expect((await run('credential', 'list', '--subject', 'ciz')).output).toBe('The wallet is empty.')
  })

  test('explains what another party asks for a scope, and what a definition asks', async () => {
    const subject = ['--subject', 'noord']
    const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
    const server = `${running.publicUrl}/oauth2/ciz`
    await hold(await issue())
    const fulfilled = await run('credential', 'explain', ...subject, '--server', server, '--scope', scope)
    expect(fulfilled).toMatchObject({ status: 0, output: expect.stringMatching(/^The wallet fulfils the definition /) })

    const fields = [{ id: 'agb', path: ['$.credentialSubject[0].organization.agb'] }]
    const definition = { id: 'vraag', input_descriptors: [{ id: 'zorgaanbieder', constraints: { fields } }] }
    await writeFile(file('definition.json'), JSON.stringify(definition))
    const missing = await run('credential', 'explain', ...subject, '--definition', file('definition.json'))
    expect([missing.status, missing.output]).toEqual([1, expect.stringContaining('field agb is absent')])
    const asJson = await run('credential', 'explain', ...subject, '--definition', file('definition.json'), '--json')
    expect(JSON.parse(asJson.output)).toMatchObject({ fulfilled: false, descriptors: [{ id: 'zorgaanbieder' }] })
  })

  test.each<[string, () => string[], number, RegExp]>([
    ['a file that is not there', () => ['verify', file('none')], 64, /none cannot be read/],
    ['a file that is no JSON', () => ['verify', file('bad.json')], 64, /does not hold JSON/],
    ['an explanation of nothing', () => ['explain', '--subject', 'noord'], 64, /--server and --scope, or --definition/],
    ['half a question', () => ['explain', '--subject', 'noord', '--scope', 'x'], 64, /--server and --scope/],
    ['a stranger', () => ['list', '--subject', 'vreemd'], 1, /\(404\)/],
    ['an unknown credential', () => ['show', '--subject', 'noord', 'x'], 1, /\(404\)/],
    ['a server that is none', () => ['explain', '--subject', 'noord', '--server', node, '--scope', 'x'], 1, /refuses/],
  ])('tells what to do for %s', async (_, words, status, line) => {
    const refused = await run('credential', ...words())
    expect([refused.status, refused.failure.join('\n')]).toEqual([status, expect.stringMatching(line)])
  })
})
