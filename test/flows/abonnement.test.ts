import { setTimeout as sleep } from 'node:timers/promises'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../node/cli/arguments.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { participants } from '../../scripts/demo/participants.js'
import type { PartyNotifications } from '../../schemas/netwerkpunt/settings.js'
import { givenAbonnementPageSchema, ownAbonnementPageSchema } from '../../schemas/wire/abonnement.js'
import { gemeenteCalled, giveIndicatie, keepOwnCase, toewijzingen } from '../support/gemeente-case.js'
import { recordId } from '../support/gemeente-register.js'
import { commandTable } from '../../scripts/command-table.js'
import { event, following, wmo } from '../support/abonnement-world.js'
import { journalOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'
import { bearerFor, netwerkpuntOf } from '../support/send-message.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const create = `mutation Neem($input: AbonnementInput!) {
  createAbonnement(abonnementInput: $input) { abonnementID eventType geldigTot isVolgindicatie }
}`

const wishes: Readonly<Record<string, PartyNotifications['abonnementen']>> = {
  volger: [{ bronhouder: 'ciz', eventType: event, doel: 'WMO_UITVOERING', zaken: toewijzingen }],
  cak: [{ bronhouder: 'ciz', eventType: 'NIEUWE_INDICATIE_CAK', doel: 'EIGEN_BIJDRAGE' }],
}

let region: Region

beforeAll(async () => {
  region = await startRegion({
    clock,
    extra: [
      gemeenteCalled('volger', '9996'),
      gemeenteCalled('ander', '9995'),
      ...participants.filter(({ name }) => name === 'cak'),
    ],
    configure: (name, settings) => {
      const abonnementen = wishes[name]
      if (abonnementen === undefined) return settings
      return {
        ...settings,
        parties: (settings.parties ?? []).map((party) => ({ ...party, notifications: { abonnementen } })),
      }
    },
  })
})
afterAll(() => region.end())

const volger = () => region.world.member('volger').administrator
/** Of gemeenten: CAK follows nobody in particular, and has one all the time. */
const given = async () => {
  const { administrator } = region.world.member('ciz')
  const page = await administrator.call('GET', '/internal/bronnet/v1/abonnementen/ciz/given')
  return givenAbonnementPageSchema.parse(page).abonnementen.filter(({ role }) => role === 'gemeente')
}
const own = async () =>
  ownAbonnementPageSchema.parse(await volger().call('GET', '/internal/bronnet/v1/abonnementen/volger')).abonnementen

const keepCase = (bsn: string, until: string | null) => keepOwnCase(volger(), 'volger', { bsn, until })

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 150; turn += 1) {
    if (await isSo()) return
    await sleep(100)
  }
  throw new Error('it did not come to be so')
}

interface Answer {
  readonly status: number
  readonly body: { readonly data?: Readonly<Record<string, unknown>>; readonly errors?: readonly unknown[] }
}

const usualScope = 'organisaties/indicatieorgaan/abonnementen/abonnement:create'

async function ask(from: string, query: string, variables: unknown, scope = usualScope): Promise<Answer> {
  const token = await bearerFor(region, { from, to: 'ciz', scope })
  const answer = await fetch(netwerkpuntOf(region, 'ciz'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

/** What can be told apart in an answer: without ids, which are always others. */
const shapeOf = ({ status, body }: Answer): string =>
  `${String(status)} ${JSON.stringify(body).replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}/g, 'id')}`

describe('a gemeente with a case', () => {
  // CIZ knows this person, and has an indicatie.
  const bsn = '999990019'

  test('follows it at CIZ by itself, and knows which case that was', async () => {
    await keepCase(bsn, null)
    await until(async () => (await own()).some(({ state }) => state === 'active'))
    expect(await given()).toMatchObject([
      { abonneeIDType: 'GEMEENTECODE', abonneeID: '9996', role: 'gemeente', eventType: event, isVolgindicatie: true },
    ])
    expect(await own()).toMatchObject([
      { bronhouder: 'ciz', zaak: { source: toewijzingen, clientID: recordId('a', 1) } },
    ])
  })

  test('follows it no longer when the case has ended', async () => {
    await keepCase(bsn, '2026-11-23')
    await until(async () => (await given()).length === 0)
    await until(async () => (await own()).length === 0)
  })

  test('may follow nobody else', async () => {
    const order = {
      bronhouder: 'ciz',
      eventType: event,
      doel: 'WMO_UITVOERING',
      zaak: { source: toewijzingen, bsn: '999990020' },
      by: 'test',
    }
    const refused = volger().call('POST', '/internal/bronnet/v1/abonnementen/volger', order)
    await expect(refused).rejects.toThrow('409')
    await keepCase(bsn, null)
    const asked = await volger().call('POST', '/internal/bronnet/v1/abonnementen/volger', {
      ...order,
      zaak: { source: toewijzingen, bsn },
    })
    expect(asked).toMatchObject({ eventType: event, zaak: { clientID: recordId('a', 1) } })
  })
})

describe('a new indicatie', () => {
  const received = async (name: string) =>
    (await journalOf(region.world.member(name)))
      .filter(
        ({ event: { code, object } }) => code === 'notification.received' && !/TOEWIJZING/.test(object?.service ?? ''),
      )
      .map(({ event: { object, actor } }) => [object?.service, actor?.identifier])

  test('is told to the gemeente that follows the person, then to its aanbieder, to CAK, and to no other', async () => {
    await keepCase('999990019', null)
    await until(async () => {
      // Both asked before they were members, and ask again after some seconds.
      clock.move(1)
      const { administrator } = region.world.member('cak')
      const page = await administrator.call('GET', '/internal/bronnet/v1/abonnementen/cak')
      const [ofCak] = ownAbonnementPageSchema.parse(page).abonnementen
      return ofCak?.state === 'active' && (await own()).some(({ state }) => state === 'active')
    })
    await giveIndicatie(region.world.member('ciz').administrator, '999990019')
    await until(async () => (await received('zorgaanbieder')).length > 0)
    expect(await received('volger')).toEqual([[event, 'kvk:62253778']])
    expect(await received('zorgaanbieder')).toEqual([['NIEUWE_INDICATIE_ZORGAANBIEDER', 'gemeentecode:9996']])
    await until(async () => (await received('cak')).length > 0)
    expect(await received('cak')).toEqual([['NIEUWE_INDICATIE_CAK', 'kvk:62253778']])
    expect(await received('ander')).toEqual([])
    for (const name of ['volger', 'zorgaanbieder', 'ciz'])
      expect(JSON.stringify(await journalOf(region.world.member(name)))).not.toContain('999990019')
  })
})

describe('the command line', () => {
  async function run(...words: readonly string[]): Promise<readonly string[]> {
    const { internalUrl } = region.world.member('volger')
    const request = parseArguments(commandTable, [...words, '--subject', 'volger', '--node', internalUrl])
    if (request.kind !== 'run') throw new Error(JSON.stringify(request))
    const said: string[] = []
    await request.command.run(request.given, { say: (text) => said.push(text), note: () => undefined })
    return said.join('\n').split('\n')
  }

  test('wants an abonnement, shows it, and lets nobody end what the settings want', async () => {
    await keepCase('999990019', null)
    const file = join(await mkdtemp(join(tmpdir(), 'bronnet-bsn-')), 'bsn.txt')
    await writeFile(file, '999990019\n')
    const vervallen = ['ciz', 'VERVALLEN_INDICATIE_GEMEENTE', '--doel', 'WMO_UITVOERING', '--zaken', toewijzingen]
    const [, created] = await run('abonnement', 'create', ...vervallen, '--bsn', file)
    const [id = ''] = created?.split(/\s+/) ?? []
    await until(async () => (await own()).filter(({ state }) => state === 'active').length === 2)
    const shown = await run('abonnement', 'list')
    expect(shown).toHaveLength(3)
    expect(shown.join()).not.toContain('999990019')
    expect((await run('abonnement', 'renew', id)).join()).toContain('renewing')
    const fromSettings = (await own()).find(({ origin }) => origin === 'settings')?.id ?? ''
    await expect(run('abonnement', 'delete', fromSettings)).rejects.toThrow('The settings want this abonnement')
    await run('abonnement', 'delete', id)
    await until(async () => (await own()).length === 1)
  })

  test.each([
    [['--doel', 'WMO_UITVOERING'], 'zaak: is needed'],
    [['--doel', 'WMO_UITVOERING', '--zaken', toewijzingen], 'give --client or --bsn'],
    [['--doel', 'WMO_UITVOERING', '--client', recordId('a', 1)], '--zaken'],
    [['--doel', 'NIETS'], 'no such abonnement'],
    [['--doel', 'WMO_UITVOERING', '--zaken', toewijzingen, '--client', recordId('a', 9)], 'no active case'],
  ])('says what is wrong with %j', async (words, why) => {
    await expect(run('abonnement', 'create', 'ciz', event, ...words)).rejects.toThrow(why)
  })
})

describe('the netwerkpunt of CIZ', () => {
  const input = (bsn: string, changes = {}) => following(bsn, { abonneeID: '9995', ...changes })

  test('answers the same about somebody with an indicatie and about somebody that it does not know', async () => {
    const known = await ask('ander', create, { input: input('999990019') })
    const unknown = await ask('ander', create, { input: input('999990366') })
    expect(known.status).toBe(200)
    expect(shapeOf(known)).toContain('"isVolgindicatie":true')
    expect(shapeOf(unknown)).toBe(shapeOf(known))
  })

  test('refuses with the same words whatever is wrong', async () => {
    const { body } = await ask('ander', create, { input: input('999990019') })
    const { abonnementID } = body.data?.['createAbonnement'] as { abonnementID: string }
    const end = 'mutation ($id: UUID!) { deleteAbonnement(abonnementID: $id) { abonnementID } }'
    const answers = [
      await ask('ander', create, { input: input('999990018') }),
      await ask('ander', create, { input: input('999990019', { abonneeID: '9996' }) }),
      await ask('ander', create, { input: input('999990019', { doel: 'JW_UITVOERING' }) }),
      await ask('ander', create, { input: input('999990019', { notificatieTypeID: 'NIETS' }) }),
      // Somebody else's, and one that never was.
      await ask('volger', end, { id: abonnementID }),
      await ask('volger', end, { id: recordId('c', 7) }),
    ]
    expect(new Set(answers.map(shapeOf)).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 400, body: { errors: [{ message: 'Validation failed' }] } })
    expect((await ask('ander', end, { id: abonnementID })).status).toBe(200)
  })

  test('lists what somebody has, and to that one alone', async () => {
    const list = '{ abonnementen { abonnementen { eventType grondslag isVolgindicatie } volgende } }'
    await ask('ander', create, { input: input('999990032') })
    const mine = await ask('ander', list, {})
    expect(mine.body.data?.['abonnementen']).toMatchObject({
      abonnementen: expect.arrayContaining([{ eventType: event, grondslag: wmo, isVolgindicatie: true }]),
      volgende: null,
    })
    const stranger = await ask('zorgaanbieder', list, {})
    expect(stranger.body.data?.['abonnementen']).toEqual({ abonnementen: [], volgende: null })
  })

  test('wants the scope for it', async () => {
    const scope = 'organisaties/indicatieorgaan/meldingen/melding:create'
    expect((await ask('ander', create, { input: input('999990019') }, scope)).status).toBe(403)
  })

  test('has all of it in its journal, without the number of anybody', async () => {
    const journal = JSON.stringify(await journalOf(region.world.member('ciz')))
    expect(journal).toContain('abonnement.changed')
    expect(journal).not.toMatch(/9999900(18|19|32)|999990366/)
  })
})
