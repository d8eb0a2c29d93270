import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createExternalDecide } from '../../node/access/external-decide.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { AccessQuestion } from '../../node/policy/question.js'
import { freePorts } from '../support/free-ports.js'
import { createOutboundWorld } from '../support/outbound-world.js'
import { caseQuestion, findPack, readCases } from '../support/pack-questions.js'
import { rejectionOf } from '../support/refusals.js'

/**
 * The binary of Cerbos, an AuthZEN decision point of others: as it is named, or as npm puts it here. It is large, so it is
 * no dependency: `npm install --no-save @cerbos/cerbos-linux-x64@0.55.0` brings it.
 */
const name = `cerbos-${process.platform}-${process.arch}`
const binary = process.env['BRONNET_CERBOS'] ?? packageFile('node_modules', '@cerbos', name, name)
const isHere = existsSync(binary)
if (!isHere)
  process.stderr.write(`skipped: no decision point of others at ${binary}; npm install --no-save @cerbos/${name}\n`)

const policy = `
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: source
  rules:
    - actions: ['QUERY']
      effect: EFFECT_ALLOW
      roles: ['*']
      condition:
        match:
          all:
            of:
              - expr: P.attr.organization.organization_role == "zorgkantoor"
              - expr: R.attr.reading.operation == "wlzIndicatie"
`

const world = createOutboundWorld()
let directory: string
let server: ChildProcess | undefined
let address: string

beforeAll(async () => {
  if (!isHere) return
  directory = await mkdtemp(join(tmpdir(), 'bronnet-cerbos-'))
  const [http = 0, grpc = 0] = await freePorts(2)
  await mkdir(join(directory, 'policies'))
  await writeFile(join(directory, 'policies', 'source.yaml'), policy)
  await writeFile(
    join(directory, 'config.yaml'),
    JSON.stringify({
      server: { httpListenAddr: `127.0.0.1:${String(http)}`, grpcListenAddr: `127.0.0.1:${String(grpc)}` },
      storage: { driver: 'disk', disk: { directory: join(directory, 'policies'), watchForChanges: false } },
      telemetry: { disabled: true },
    }),
  )
  address = `http://127.0.0.1:${String(http)}`
  server = spawn(binary, ['server', `--config=${join(directory, 'config.yaml')}`], { stdio: 'ignore' })
  for (let turn = 0; turn < 200; turn += 1) {
    const answers = await fetch(`${address}/.well-known/authzen-configuration`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the decision point does not start')
}, 30_000)

afterAll(async () => {
  await stop()
  await world.close()
  if (isHere) await rm(directory, { recursive: true, force: true })
})

async function stop(): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
  const ended = new Promise((resolve) => server?.once('exit', resolve))
  server.kill()
  await ended
}

const pack = findPack('indicatieregister')
const questions: readonly AccessQuestion[] = readCases(pack).map((entry) => caseQuestion(entry, pack))

;(isHere ? describe : describe.skip)('a decision point of others, by AuthZEN 1.0', () => {
  const decide = (asked: readonly AccessQuestion[]) =>
    createExternalDecide({ outbound: world.createOutbound(), decisionPoint: address })(asked)

  test('decides about the questions of a pack, as many as were asked and in their order', async () => {
    for (let from = 0; from < questions.length; from += 25) {
      const batch = questions.slice(from, from + 25)
      const permitted = (await decide(batch)).map((decision) => decision.permitted)
      expect(permitted).toEqual(
        batch.map(
          ({ requester, resource }) =>
            requester.claims['organization_role'] === 'zorgkantoor' && resource.operation === 'wlzIndicatie',
        ),
      )
    }
    expect(questions.length).toBeGreaterThan(50)
  })

  test('that is gone decides nothing', async () => {
    await stop()
    expect((await rejectionOf(decide(questions.slice(0, 1)))).code).toBe('policy.unavailable')
  })
})
