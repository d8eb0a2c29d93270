import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { executeSync, parse } from 'graphql'
import { createFixedClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import type { AccessToken } from '../../registry-client/client.js'
import { participants } from '../../scripts/demo/participants.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { askSource } from '../support/ask-source.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const query = `query($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) { wlzindicatieID bsn }
}`
const { wlzindicatieID } = loadExamples()
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
type Row = Readonly<Record<string, unknown>>

/** The register that the organisation has already: graphql-js over the records of the demo. */
let asked: string[] = []
let isHonest = true
const register = createServer((request, response) => {
  void text(request).then((body) => {
    asked.push(body)
    const { schema } = loadRegisterDefinition('indicatieregister-2')
    const seed = JSON.parse(readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8')) as {
      wlzIndicatie: Row[]
    }
    const { query: document, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> }
    const find = ({ where }: { where: Record<string, { eq: string }> }): readonly Row[] =>
      seed.wlzIndicatie.filter((row) => !isHonest || Object.entries(where).every(([name, { eq }]) => row[name] === eq))
    const result = executeSync({
      schema,
      document: parse(document),
      variableValues: variables,
      rootValue: { wlzIndicatie: find },
    })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  })
})

let region: Region
beforeAll(async () => {
  await new Promise<void>((resolve) => register.listen(0, '127.0.0.1', resolve))
  const { port } = register.address() as AddressInfo // A listening TCP server.
  const upstream = {
    url: `http://127.0.0.1:${String(port)}/`,
    headerName: 'Authorization',
    timeoutSeconds: 5,
    maxBytes: 65_536,
  }
  const ciz = participants.find(({ name }) => name === 'ciz')
  if (ciz === undefined) throw new Error('no CIZ')
  const [{ seed: _seed, ...source } = { seed: undefined }] = ciz.sources
  const elsewhere = { ...ciz, name: 'ciz-elsewhere', sources: [{ ...source, kind: 'graphql' as const, upstream }] }
  region = await startRegion({ clock, extra: [elsewhere as typeof ciz] })
})
afterAll(async () => {
  await region.end()
  await new Promise((resolve) => register.close(resolve))
})

async function ask(name: string, uzovi: string) {
  const member = region.world.member('ciz-elsewhere')
  const client = region.application(name)
  const token: AccessToken = await client.token({ authorizationServer: member.authorizationServer, scope, fresh: true })
  return askSource(client, member.sources['indicatieregister'] ?? '', token, query, { id: wlzindicatieID, uzovi })
}

describe('a register that an organisation has already', () => {
  test('is read under the same policy and with the same account as one that the node keeps', async () => {
    isHonest = true
    let answer: Awaited<ReturnType<typeof ask>> | undefined
    const account = await accountOf(region.world.member('ciz-elsewhere'), async () => {
      answer = await ask('zorgkantoor-noord', '5999')
    })
    expect(answer).toMatchObject({ status: 200, data: { wlzIndicatie: [{ wlzindicatieID }] } })
    expect(account.map(({ code }) => code).filter((code) => code.startsWith('read.'))).toEqual([
      'read.decided',
      'read.answered',
    ])
  })

  test('is not asked for who may not read', async () => {
    asked = []
    expect((await ask('zorgkantoor-zuid', '5999')).status).toBe(403)
    expect(asked).toEqual([])
  })

  test('gives nothing when it answers with records that nobody asked', async () => {
    isHonest = false
    const answer = await ask('zorgkantoor-noord', '5999')
    expect([answer.status, answer.data]).toEqual([503, undefined])
  })
})
