import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { runCommand, type Ran } from '../../support/command-process.js'
import { membershipOf, startComposedNode, type ComposedNode } from '../http/composed.js'
import { runHere } from './here.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const tokenPattern = /[\w-]{43}/

let running: ComposedNode
let directory: string
beforeAll(async () => {
  running = await startComposedNode()
  directory = await mkdtemp(join(tmpdir(), 'bronnet-token-'))
  const issued = await running.inside('POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids))
  const json = { 'content-type': 'application/json' }
  await running.inside('POST', '/internal/vcr/v2/holder/noord/vc', JSON.stringify(issued.json), json)
})
afterAll(async () => {
  await running.end()
  await rm(directory, { recursive: true, force: true })
})

const line = (words: readonly string[]): readonly string[] => [
  ...['token', ...words],
  ...['--node', `http://127.0.0.1:${String(running.node.internalPort)}`],
]
const run = (...words: readonly string[]): Promise<Ran> => runHere(line(words))

/** `bronnet token …` in a process of its own, with `input` on its standard input. */
const runPiped = (input: string, ...words: readonly string[]): Promise<Ran> => runCommand(line(words), input)

async function keep(text: string): Promise<string> {
  const file = join(directory, 'kept')
  await writeFile(file, text)
  return file
}

const asking = (...more: string[]): readonly string[] => {
  const server = `${running.publicUrl}/oauth2/ciz`
  return ['--subject', 'noord', '--server', server, '--scope', scope, ...more]
}

describe('bronnet token', () => {
  test('requests a token, introspects it and revokes it; the token goes from one to the other unseen', async () => {
    const shown = await run('request', ...asking())
    expect(shown).toMatchObject({
      status: 0,
      errors: '',
      output: expect.stringMatching(/^TYPE +DPoP\nscope +registers/),
    })
    expect(shown.output).toContain(`${running.dids.noord}#`)
    // The only long word is the id of the key.
    expect(shown.output.replaceAll(/did:web:\S+/g, '')).not.toMatch(tokenPattern)

    const token = await runPiped('', 'request', ...asking('--type', 'Bearer', '--show-token'))
    expect(token).toMatchObject({ status: 0, output: expect.stringMatching(/^[\w-]{43}\n$/) })
    const said = await runPiped(token.output, 'introspect', '-')
    expect(said).toMatchObject({ status: 0, output: expect.stringMatching(/organization_name +Zorgkantoor Noord/) })
    expect(said.output).toMatch(/\nexp +\d{4}-\d\d-\d\dT/)

    const file = join(directory, 'token')
    await writeFile(file, token.output)
    expect(await run('revoke', file)).toMatchObject({ status: 0, output: 'The token is revoked.\n' })
    expect(await run('revoke', file)).toMatchObject({ status: 1, output: expect.stringMatching(/no such token/) })
    expect(await run('introspect', file)).toMatchObject({ status: 1, output: expect.stringMatching(/not active/) })
  })

  test('prints JSON for programs, and asks again when told to', async () => {
    const first = await run('request', ...asking('--json'))
    const again = await run('request', ...asking('--json'))
    const fresh = await run('request', ...asking('--json', '--fresh'))
    const tokens = [first, again, fresh].map(
      ({ output }) => (JSON.parse(output) as { access_token: string }).access_token,
    )
    expect(tokens).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      tokens[0],
      expect.not.stringContaining(tokens[0] ?? ''),
    ])
    const said = await run('introspect', await keep(tokens[0] ?? ''), '--json')
    expect(JSON.parse(said.output)).toMatchObject({ active: true, scope, cnf: { jkt: expect.any(String) } })
    expect(JSON.parse((await run('introspect', await keep('onbekend'), '--json')).output)).toEqual({ active: false })
    expect(JSON.parse((await run('revoke', await keep(tokens[0] ?? ''), '--json')).output)).toEqual({ revoked: true })
  })

  test('explains what a scope needs, what of it there is, and what is missing', async () => {
    expect(await run('explain', ...asking())).toMatchObject({
      status: 0,
      output: expect.stringMatching(/^The wallet fulfils the definition /),
    })
    const autorisatie = 'registers/wlzindicatieregister/indicaties/autorisatie:read'
    const missing = await run('explain', ...asking().slice(0, 4), '--scope', autorisatie, '--json')
    expect([missing.status, JSON.parse(missing.output)]).toEqual([1, expect.objectContaining({ fulfilled: false })])
    const refused = await run('request', ...asking().slice(0, 4), '--scope', autorisatie)
    expect(refused).toMatchObject({ status: 1, output: '', errors: expect.stringMatching(/\(412\)/) })
  })

  test('never repeats a token that was given where a file is meant, nor reads one from the command line', async () => {
    const secret = 'geheim'.repeat(8)
    const refused = await run('introspect', secret)
    expect(refused).toMatchObject({
      status: 64,
      output: '',
      errors: expect.stringMatching(/give a file that holds it/),
    })
    expect(refused.errors).not.toContain(secret)
    expect(await runPiped(' \n', 'revoke', '-')).toMatchObject({ status: 64 })
    expect(await run('revoke')).toMatchObject({ status: 64, errors: expect.stringMatching(/needs TOKEN-FILE/) })
  })

  test('says what to do about a selection, a credential and a server that do not do', async () => {
    await writeFile(join(directory, 'draft.json'), '{')
    const draft = ['--credential', join(directory, 'draft.json')]
    expect(await run('request', ...asking(...draft))).toMatchObject({
      status: 64,
      errors: expect.stringMatching(/does not hold JSON/),
    })
    expect(await run('request', ...asking('--select', 'naam'))).toMatchObject({
      status: 64,
      errors: expect.stringMatching(/FIELD=VALUE/),
    })
    const unknown = await run('request', ...asking('--select', 'onbekend=1', '--fresh'))
    expect(unknown).toMatchObject({ status: 1, errors: expect.stringMatching(/no field onbekend/) })
    const elsewhere = ['--subject', 'noord', '--server', `${running.publicUrl}/nergens`, '--scope', scope]
    expect(await run('request', ...elsewhere)).toMatchObject({ status: 1, errors: expect.stringMatching(/refuses/) })
  })
})
