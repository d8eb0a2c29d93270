import { readFileSync, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import { indicatieScope } from '../../scripts/demo/story.js'
import { runCommand } from '../support/command-process.js'
import { codeBlocks, packPackage, type PackedPackage } from '../support/packed-package.js'
import { startRegion, untilIndexed, type Region } from '../support/region.js'
import { deliver, newIndicatie } from '../support/send-message.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const [preamble = '', ...examples] = await codeBlocks('registry-client/README.md', 'ts')

let region: Region
let packed: PackedPackage
let fhir: Server
let signInToken: string
let environment: Readonly<Record<string, string>>

beforeAll(async () => {
  ;[region, packed] = await Promise.all([startRegion({ clock }), packPackage()])
  const noord = region.world.member('zorgkantoor-noord')
  await untilIndexed(region, noord.name, 'ciz')
  const input = newIndicatie(toRfc3339(clock.now()))
  await deliver(region, { from: 'ciz', to: noord.name, role: 'zorgkantoor', input })
  fhir = await serveFhir()
  // From here on the node asks who calls, so that every example shows that it signs in.
  signInToken = await region.signIn(noord.name)
  environment = {
    BRONNET_NODE: noord.internalUrl,
    BRONNET_SIGN_IN_TOKEN: signInToken,
    NODE_EXTRA_CA_CERTS: region.world.certificateAuthority,
    FHIR_SOURCE: `http://127.0.0.1:${(fhir.address() as AddressInfo).port}/fhir`,
    FHIR_TOKENS: region.world.member('ciz').authorizationServer,
    FHIR_SCOPE: indicatieScope,
  }
}, 120_000)

afterAll(async () => {
  fhir.close()
  await packed.remove()
  await region.end()
})

/** A FHIR source that answers what the example asks, whoever asks: the huisarts of the demonstration would refuse a zorgkantoor. */
async function serveFhir(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume()
    const isSearch = request.method === 'POST' && request.url === '/fhir/Observation/_search'
    const hasProof = /^DPoP /.test(request.headers.authorization ?? '') && request.headers['dpop'] !== undefined
    const observation = { resourceType: 'Observation', id: 'o1' }
    const body = isSearch
      ? { resourceType: 'Bundle', type: 'searchset', total: 1, entry: [{ resource: observation }] }
      : { resourceType: 'Patient', id: 'p1' }
    response.writeHead(hasProof ? 200 : 401, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

describe('the package', () => {
  test('holds the client with its types and its document, what a node needs, and no source or test', () => {
    expect(packed.files).toEqual(
      expect.arrayContaining([
        'dist/registry-client/client.js',
        'dist/registry-client/client.d.ts',
        'dist/schemas/wire/oauth.js',
        'registry-client/README.md',
        'schemas/contexts/catalogus-v1.json',
        'dist/node/main.js',
        'policies/indicatieregister/pack.json',
      ]),
    )
    expect(packed.files.filter((file) => /(^|\/)(test|scripts)\/|(?<!\.d)\.ts$/.test(file))).toEqual([])
  })

  test('lets nothing be imported but what it offers', async () => {
    const inside = `import('bronnet/dist/registry-client/client.js').catch((error) => console.log(error.code))`
    expect((await packed.run('inside', inside, {})).output).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n')
  })

  test('uses nothing of the node, and of others no more than it says', async () => {
    const folder = join(packed.directory, 'node_modules', 'bronnet', 'dist', 'registry-client')
    const texts = readdirSync(folder).filter((name) => /\.(js|d\.ts)$/.test(name))
    const imported = texts.flatMap((name) =>
      Array.from(
        readFileSync(join(folder, name), 'utf8').matchAll(/(?:from |import\()'([^']+)'/g),
        ([, from = '']) => from,
      ),
    )
    const others = imported.filter((from) => !/^\.\/[a-z-]+\.js$|^\.\.\/schemas\//.test(from))
    expect([...new Set(others)].sort()).toEqual(['jsonld', 'lru-cache', 'node:fs/promises', 'rdf-canonize', 'zod'])
  })
})

const expected: readonly (readonly [name: string, output: RegExp])[] = [
  ['discover', /at CIZ\n1 found, in lists of 2026-11-24T\S+ \n$/],
  ['catalogue', /^CIZ publishes 1 dataset\(s\)\n$/],
  ['graphql', /^permitted by UCIR-0001\.v1 \{"wlzIndicatie":\[\{"ingangsdatum":"/],
  ['fhir', /^Observation o1\n$/],
  ['overview', /^WLZ indicatie 2026-01-26 open at CIZ by UCIR-0001\.v1\n/],
  ['token', /^DPoP for \d+ s\n$/],
  ['subscribe', /did:web:localhost%3A\d+\S* http:\/\/localhost:\d+\/\S*\n$/],
  ['inbox', /^NIEUWE_INDICATIE_ZORGKANTOOR from CIZ about WlzIndicatie\/[0-9a-f-]{36}\n$/],
]

describe('the examples of its document', () => {
  test('are as many as are tested here', () => {
    expect(examples).toHaveLength(expected.length)
  })

  test('fit the types of the package', async () => {
    // A list may be empty, for the compiler: the examples are about what is found.
    const whole = examples.map((example) => `{\n${example}\n}`).join('\n')
    expect(await packed.check('examples', `${preamble}\n${whole}\nexport {}\n`)).toBe('')
    expect(await packed.check('wrong', `${preamble}\nawait client.graphql({ url: 'x' }, { query: 1 })\n`)).toContain(
      'error TS',
    )
  }, 120_000)

  test.each(expected.map(([name, output], index) => [name, output, examples[index] ?? ''] as const))(
    '%s does what it says, against nodes that run',
    async (name, output, example) => {
      const ran = await packed.run(name, `${preamble}\n${example}`, environment)
      expect(ran).toMatchObject({ status: 0, errors: '' })
      expect(ran.output).toMatch(output)
    },
    60_000,
  )
})

test('the examples get nothing from a node that asks who calls without a token', async () => {
  const stranger = join(packed.directory, 'no-token')
  await writeFile(stranger, 'a.b.c')
  const ran = await packed.run('stranger', `${preamble}\n${examples[0]}`, {
    ...environment,
    BRONNET_SIGN_IN_TOKEN: stranger,
  })
  expect(ran).toMatchObject({ status: 1, output: '', errors: expect.stringContaining("code: 'unauthorized'") })
}, 60_000)

test('bronnet find shows from a terminal what an application finds', async () => {
  const node = ['--node', environment['BRONNET_NODE'] ?? '', '--sign-in-token', signInToken]
  const found = await runCommand(['find', 'indicatie', '--role', 'ciz', ...node])
  expect(found).toMatchObject({ status: 0, errors: '', output: expect.stringMatching(/^DATASET .*\n.* CIZ +ciz /) })
  const nothing = await runCommand(['find', 'indicatie', '--role', 'huisarts', ...node])
  expect(nothing).toMatchObject({ status: 1, output: '', errors: expect.stringContaining('Without --role: 1.') })
}, 60_000)
