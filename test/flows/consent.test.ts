import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../node/cli/arguments.js'
import { CommandFailure } from '../../node/cli/command.js'
import { consentCommands } from '../../node/cli/consent.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import type { KeptConsent } from '../../schemas/wire/consent.js'
import { askSource, type SourceAnswer } from '../support/ask-source.js'
import { accountOf, journalOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'

const scope = 'registers/wlzindicatieregister/toets:read'
const query = `query ($bsn: String!) {
  wlzIndicatie(where: { bsn: { eq: $bsn } }) { ingangsdatum geindiceerdZorgzwaartepakket { zzpCode } }
}`
const bsn = '999990019'
const unknownPerson = '999990123'
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))

let region: Region
let directory: string
beforeAll(async () => {
  region = await startRegion({ clock })
  directory = await mkdtemp(join(tmpdir(), 'bronnet-consent-'))
  await writeFile(join(directory, 'person'), `${bsn}\n`)
}, 60_000)

afterAll(async () => {
  await region.end()
  await rm(directory, { recursive: true, force: true })
})

async function ask(person = bsn): Promise<SourceAnswer> {
  const application = region.application('zorgaanbieder')
  const found = await application.discover.listings('bronnet-demo', { 'credentialSubject.indicatieregister': '*' })
  const [ciz] = found.parties
  const authorizationServer = ciz?.parameters['authServerURL'] ?? ''
  const token = await application.token({ authorizationServer, scope, fresh: true })
  return askSource(application, ciz?.parameters['indicatieregister'] ?? '', token, query, { bsn: person })
}

/** Runs the words behind `bronnet` against the node of CIZ; returns what was said. */
async function run(...words: readonly string[]): Promise<string> {
  const commands = consentCommands({ findConfiguration: () => Promise.reject(new Error('the node is named')) })
  const node = region.world.member('ciz').internalUrl
  const request = parseArguments(commands, [...words, '--subject', 'ciz', '--node', node])
  if (request.kind !== 'run') throw new Error(`${words.join(' ')}: ${JSON.stringify(request)}`)
  const said: string[] = []
  const terminal = { say: (text: string) => void said.push(text), note: () => undefined }
  expect(await request.command.run(request.given, terminal)).toBe(0)
  return said.join('\n')
}

const person = (): readonly string[] => ['--bsn', join(directory, 'person')]
const add = (...words: readonly string[]): Promise<string> =>
  run('consent', 'add', ...person(), '--recipient', 'agb:06999901', '--from', '2026-11-01', ...words)
const accountOfCiz = (work: () => Promise<unknown>) => accountOf(region.world.member('ciz'), work)

describe('a read that rests on consent', () => {
  test('is refused without any, in the same words for a person whom nobody knows', async () => {
    const [one, other] = [await ask(), await ask(unknownPerson)]
    expect(one.status).toBe(403)
    expect(JSON.stringify(one.errors)).toContain(
      'toestemming: the person has given no consent to this that holds today',
    )
    expect(other).toMatchObject({ status: 403, errors: JSON.parse(JSON.stringify(one.errors)) as [] })
  })

  test('is permitted once it is registered, and refused from the moment on that it is withdrawn', async () => {
    const id = await add('--purpose', 'AANMELDING', '--until', '2027-01-31')
    const account = await accountOfCiz(async () => {
      const answer = await ask()
      expect([answer.status, answer.extensions['rule']]).toEqual([200, 'TOESTEMMING-AANBIEDER.v1'])
      expect((answer.data as { wlzIndicatie: unknown[] }).wlzIndicatie.length).toBeGreaterThan(0)
    })
    expect(account.find(({ code }) => code === 'read.decided')).toMatchObject({
      rule: 'TOESTEMMING-AANBIEDER.v1',
      checks: { authorization: true, consent: true },
      consent: [id],
    })
    expect(await run('consent', 'withdraw', id)).toMatch(/^Withdrawn at 2026-11-24T09:/)
    const after = await accountOfCiz(async () => expect((await ask()).status).toBe(403))
    expect(after.find(({ code }) => code === 'read.decided')).toMatchObject({
      outcome: 'refused',
      checks: { authorization: false, consent: false },
    })
  })

  test('is refused by an objection that is more specific, and by an old token after that', async () => {
    const consent = await add()
    expect((await ask()).status).toBe(200)
    const objection = await add('--deny', '--purpose', 'AANMELDING')
    const refused = await ask()
    expect(refused.status).toBe(403)
    // Who is refused does not hear that somebody objects.
    expect(JSON.stringify(refused.errors)).toContain('has given no consent')
    await run('consent', 'withdraw', objection)
    expect((await ask()).status).toBe(200)
    await run('consent', 'withdraw', consent)
  })

  test('ends with its last day, by the calendar of Amsterdam', async () => {
    await add('--until', '2026-11-24')
    expect((await ask()).status).toBe(200)
    clock.move(14 * 3600 + 1)
    expect((await ask()).status).toBe(403)
  })
})

describe('bronnet consent', () => {
  test('lists what a person said, for programs and for people', async () => {
    const { consents } = JSON.parse(await run('consent', 'list', ...person(), '--json')) as { consents: KeptConsent[] }
    expect(consents.map(({ statement }) => statement.effect).sort()).toEqual(['deny', 'permit', 'permit', 'permit'])
    const [head, ...rows] = (await run('consent', 'list', ...person())).split('\n')
    expect(head).toMatch(/^ID +EFFECT +WHO +FOR +DATA +FROM +UNTIL +WITHDRAWN$/)
    expect(rows).toHaveLength(4)
  })

  test.each([
    ['a purpose that no rule has', ['--purpose', 'AANMELDINGEN'], 'no rule here asks for such a consent'],
    ['a source that is not there', ['--source', 'elders'], 'no rule here asks for such a consent'],
    ['a day that is none', ['--until', '2027-02-30'], 'until'],
    ['a last day before the first', ['--until', '2026-10-31'], 'the last day lies before the first'],
    ['a root field without its source', ['--operation', 'wlzIndicatie'], 'name the source too'],
  ])('refuses %s', async (_, words, note) => {
    const refusal: unknown = await add(...words).then(
      () => 'done',
      (error: unknown) => error,
    )
    expect(refusal instanceof CommandFailure ? refusal.lines.join() : refusal).toContain(note)
  })

  test('takes no number on the command line that a list of processes would show', async () => {
    await expect(run('consent', 'list', '--bsn', bsn)).rejects.toThrow('never the secret itself')
  })

  test('leaves no number of a person in the journal', async () => {
    const text = JSON.stringify(await journalOf(region.world.member('ciz')))
    expect(text).toContain('consent.changed')
    expect(text).not.toContain(bsn)
  })
})
