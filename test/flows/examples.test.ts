import { spawn, type ChildProcess } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import { participants } from '../../scripts/demo/participants.js'
import { indicatieScope } from '../../scripts/demo/story.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { ownAbonnementPageSchema } from '../../schemas/wire/abonnement.js'
import { freePorts } from '../support/free-ports.js'
import { gemeenteCalled, giveIndicatie, keepOwnCase } from '../support/gemeente-case.js'
import { codeBlocks, packPackage, type PackedPackage } from '../support/packed-package.js'
import { startRegion, untilIndexed, type Region } from '../support/region.js'
import { bearerFor, deliver, newIndicatie } from '../support/send-message.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const noord = 'zorgkantoor-noord'
const document = 'docs/examples.md'
const programs = await codeBlocks(document, 'js')
const [reader = '', behindNode = '', subscriber = '', receiver = '', nutsApplication = ''] = programs
const [settingsText = ''] = await codeBlocks(document, 'yaml')
/** Its own reader will refuse what is wrong with them. */
const settingsOfGemeente = parse(settingsText) as Pick<ConfigurationInput, 'parties'>

const secret = randomBytes(32)
const huisarts = participants.filter(({ name }) => name === 'huisarts')

let directory: string
let packed: PackedPackage
let secretFile: string
let region: Region

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-examples-'))
  secretFile = join(directory, 'secret')
  await writeFile(secretFile, `whsec_${secret.toString('base64')}\n`)
  const starting = startRegion({
    clock,
    extra: [gemeenteCalled('gemeente', '9996'), ...huisarts],
    configure: (name, settings) => ({
      ...settings,
      notifications: { webhookSecrets: { zaaksysteem: secretFile } },
      parties: (settings.parties ?? []).map((party) =>
        name === 'gemeente'
          ? { ...party, ...settingsOfGemeente.parties?.find(({ subject }) => subject === name) }
          : party,
      ),
    }),
  })
  ;[region, packed] = await Promise.all([starting, packPackage()])
}, 120_000)
afterAll(async () => {
  await packed.remove()
  await region.end()
  await rm(directory, { recursive: true, force: true })
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it never came to that')
}

/** Starts a program of the document in a process of its own, in which it is as late as in the region. */
async function start(name: string, program: string, environment: Readonly<Record<string, string>>) {
  const file = join(directory, `${name}.mjs`)
  await writeFile(file, program)
  const now = `data:text/javascript,Date.now=()=>${String(clock.now())}`
  const env = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...environment }
  return spawn(process.execPath, ['--import', now, file], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs a program to its end. */
async function run(name: string, program: string, environment: Readonly<Record<string, string>>) {
  const child = await start(name, program, environment)
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { output, errors }
}

/** Starts a program that serves, waits until it does, and ends it after the work. */
async function whileServing(
  name: string,
  program: string,
  environment: Readonly<Record<string, string>>,
  work: (url: string, said: () => string) => Promise<void>,
): Promise<void> {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${String(port)}/`
  const child = await start(name, program, { ...environment, PORT: String(port) })
  let said = ''
  child.stdout.on('data', (part: Buffer) => (said += part.toString()))
  child.stderr.on('data', (part: Buffer) => (said += part.toString()))
  try {
    await until(async () => (await fetch(url).catch(() => undefined)) !== undefined)
    await work(url, () => said)
  } finally {
    await ended(child)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  if (child.kill()) await gone
}

const administrator = (name: string) => region.world.member(name).administrator

describe('the examples of docs/examples.md', () => {
  test('are as many as are tested here', () => {
    expect(programs).toHaveLength(5)
  })
})

describe('the zorgaanbieder that reads a patientsamenvatting', () => {
  const read = () =>
    packed.run('reader', reader, {
      BRONNET_NODE: region.world.member('zorgaanbieder').internalUrl,
      NODE_EXTRA_CA_CERTS: region.world.certificateAuthority,
    })

  test('finds the practice, and is refused until the patient consents', async () => {
    await untilIndexed(region, 'zorgaanbieder', 'huisarts')
    const refused = await read()
    expect(refused).toMatchObject({ status: 0, errors: '' })
    expect(refused.output).toMatch(/^refused by PATIENT\.v1 \[\n? *'PATIENT\.v1: toestemming: .*no consent/)
    const statement = { effect: 'permit', recipient: 'agb:06999901', purpose: 'ZORGVERLENING', from: '2026-11-01' }
    const consents = '/internal/bronnet/v1/subjects/huisarts/consents'
    await administrator('huisarts').call('POST', consents, { bsn: '999990019', statement })
    expect(await read()).toEqual({
      status: 0,
      errors: '',
      output: [
        'patient: Voorbeeld 1941-03-02',
        'problem: Hartfalen since 2021-05-10',
        'problem: Diabetes mellitus type 2 since 2009-01-15',
        'medication: Furosemide 40 mg 1 tablet per dag',
        'allergy: Penicilline',
        '',
      ].join('\n'),
    })
  })
})

describe('the application behind the node', () => {
  /** What the gateway hands to the application: what the node said of the token, as config/nginx passes it on. */
  async function headersFor(name: string): Promise<Readonly<Record<string, string>>> {
    const token = await bearerFor(region, { from: name, to: 'ciz', scope: indicatieScope })
    const path = `/internal/bronnet/v1/gateway/ciz?scope=${encodeURIComponent(indicatieScope)}`
    const checked = await fetch(`${region.world.member('ciz').internalUrl}${path}`, {
      headers: {
        authorization: `Bearer ${token}`,
        'x-original-method': 'GET',
        'x-original-url': 'https://fhir.voorbeeld.nl/fhir/Task',
      },
    })
    expect(checked.status).toBe(204)
    return Object.fromEntries([...checked.headers].filter(([header]) => header.startsWith('x-bronnet-')))
  }

  test('knows who asks, gives by its own rule, and gives nothing to who did not come through the gateway', async () => {
    await whileServing('behind-node', behindNode, {}, async (url, said) => {
      expect((await fetch(url, { headers: await headersFor(noord) })).status).toBe(200)
      expect((await fetch(url, { headers: await headersFor('zorgaanbieder') })).status).toBe(403)
      expect((await fetch(url)).status).toBe(500)
      const { did } = region.world.member(noord)
      expect(said()).toContain(`${did} asks as zorgkantoor 5999 with ${indicatieScope}\n`)
    })
  })
})

describe('the gemeente that subscribes', () => {
  test('is told of an indicatie for its own case', async () => {
    await keepOwnCase(administrator('gemeente'), 'gemeente', { bsn: '999990019', until: null })
    await until(async () => {
      // What was asked in vain is asked again after some seconds.
      clock.move(1)
      const page = await administrator('gemeente').call('GET', '/internal/bronnet/v1/abonnementen/gemeente')
      return ownAbonnementPageSchema.parse(page).abonnementen.some(({ state }) => state === 'active')
    })
    // From here on its node asks who calls.
    const token = await region.signIn('gemeente')
    const indicatie = await giveIndicatie(administrator('ciz'), '999990019')
    const environment = { BRONNET_NODE: region.world.member('gemeente').internalUrl }
    const stranger = await run('subscriber', subscriber, environment)
    expect([stranger.output, stranger.errors]).toEqual(['', expect.stringContaining('sign-in-missing')])
    const ran = await run('subscriber', subscriber, { ...environment, BRONNET_SIGN_IN_TOKEN: token })
    expect(ran.errors).toBe('')
    expect(ran.output).toMatch(
      new RegExp(`^NIEUWE_INDICATIE_GEMEENTE from CIZ about WlzIndicatie/${indicatie} under [0-9a-f]{32}\n`),
    )
    expect(ran.output).not.toContain('999990019')
  })
})

describe('the receiver of webhooks', () => {
  const post = async (url: string, changes: { readonly key?: Buffer; readonly secondsAgo?: number }) => {
    const seconds = String(clock.now() / 1000 - (changes.secondsAgo ?? 0))
    const body = JSON.stringify({ eventType: 'VERZONNEN', subjectList: [{ recordID: 'WlzIndicatie/1' }] })
    const mac = createHmac('sha256', changes.key ?? secret)
      .update(`1.${seconds}.${body}`)
      .digest('base64')
    const headers = { 'webhook-id': '1', 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` }
    return (await fetch(url, { method: 'POST', headers, body })).status
  }

  test('takes what the node signed, once, and nothing that is forged or old', async () => {
    await whileServing('receiver', receiver, { WEBHOOK_SECRET: secretFile }, async (url, said) => {
      const webhook = { by: 'beheer', url, secret: 'zaaksysteem' }
      await administrator(noord).call('POST', `/internal/bronnet/v1/notifications/webhook/${noord}`, webhook)
      const input = newIndicatie(toRfc3339(clock.now()))
      await deliver(region, { from: 'ciz', to: noord, role: 'zorgkantoor', input })
      // What waited in the inbox comes before it.
      await until(() =>
        said().endsWith(`NIEUWE_INDICATIE_ZORGKANTOOR about ${String(input.subjectList[0]?.recordID)}\n`),
      )
      const told = said()
      expect(await post(url, { key: randomBytes(32) })).toBe(401)
      expect(await post(url, { secondsAgo: 301 })).toBe(401)
      expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401)
      expect(said()).toBe(told)
      expect([await post(url, {}), await post(url, {})]).toEqual([204, 204])
      await until(() => said() !== told)
      expect(said()).toBe(`${told}VERZONNEN about WlzIndicatie/1\n`)
    })
  })
})

describe('the application that was made for nuts-node', () => {
  test('gets a token and has it explained', async () => {
    const ciz = region.world.member('ciz')
    const ran = await run('nuts-application', nutsApplication, {
      BRONNET_NODE: region.world.member(noord).internalUrl,
      AUTHORIZATION_SERVER: ciz.authorizationServer,
      OTHER_NODE: ciz.internalUrl,
    })
    expect(ran).toEqual({ errors: '', output: `zorgkantoor 5999 may use ${indicatieScope}\n` })
  })

  test('hears of a node that did not give the token that it does not count', async () => {
    const ran = await run('nuts-application', nutsApplication, {
      BRONNET_NODE: region.world.member(noord).internalUrl,
      AUTHORIZATION_SERVER: region.world.member('ciz').authorizationServer,
      OTHER_NODE: region.world.member('zorgaanbieder').internalUrl,
    })
    expect(ran).toEqual({ errors: '', output: 'this token does not count\n' })
  })

  test('signs in at nodes that ask who calls, and gets nothing there without', async () => {
    const [noordToken, cizToken] = [await region.signIn(noord), await region.signIn('ciz')]
    const ciz = region.world.member('ciz')
    const environment = {
      BRONNET_NODE: region.world.member(noord).internalUrl,
      AUTHORIZATION_SERVER: ciz.authorizationServer,
      OTHER_NODE: ciz.internalUrl,
    }
    const signedIn = { ...environment, BRONNET_SIGN_IN_TOKEN: noordToken, OTHER_SIGN_IN_TOKEN: cizToken }
    expect(await run('nuts-application', nutsApplication, signedIn)).toEqual({
      errors: '',
      output: `zorgkantoor 5999 may use ${indicatieScope}\n`,
    })
    for (const missing of ['BRONNET_SIGN_IN_TOKEN', 'OTHER_SIGN_IN_TOKEN'] as const) {
      const ran = await run('nuts-application', nutsApplication, { ...signedIn, [missing]: '' })
      expect([ran.output, ran.errors]).toEqual(['', expect.stringContaining('sign-in-missing')])
    }
  })
})
