import { beforeEach, describe, expect, test } from '@jest/globals'
import { openServedSources } from '../../../node/access/served-sources.js'
import {
  createServeRead,
  recordRefusedRead,
  type ReadRequest,
  type ReadResult,
} from '../../../node/access/serve-read.js'
import type { AuditEvent } from '../../../node/audit/event.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import { createDecide, type Decide } from '../../../node/policy/decide.js'
import type { DataSource } from '../../../node/sources/data-source.js'
import type { Store, Value } from '../../../node/stores/contracts.js'
import { TokenGrant } from '../../../node/tokens/grant.js'
import { createDumpableStore, moment } from '../../support/node-parts.js'
import { rejectionOf } from '../../support/refusals.js'
import { createTokenWorld, scope, tokenRequest } from '../../support/token-world.js'
import type { TokenWorld } from '../../support/token-world.js'

const query = `query ($id: UUID!, $kantoor: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $kantoor } }) {
    wlzindicatieID
    bsn
  }
}`
const own = { id: '53089759-97a5-4a50-b1c9-bae97b8e73f0', kantoor: '5999' }
const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

let world: TokenWorld
let dump: () => Promise<string>
/** What happened, in order: journal entries by their code, and reads of the source. */
let happened: string[]
/** Codes of the events that the journal does not take. */
let refusing: Set<string>
let source: DataSource
let decide: Decide
let grant: TokenGrant

beforeEach(async () => {
  happened = []
  refusing = new Set()
  const clock = createFixedClock(moment)
  const dumpable = createDumpableStore(clock)
  dump = dumpable.dump
  world = await createTokenWorld({ store: watchJournal(dumpable.store), clock })
  const { store, parties, trust } = world.node
  const servedSources = await openServedSources({
    store,
    parties,
    trust,
    policiesDirectory: packageFile('policies'),
    configured: [
      {
        subject: 'ciz',
        sources: [
          {
            name: 'indicatieregister',
            kind: 'register',
            schema: 'indicatieregister-2',
            pack: 'indicatieregister',
            seed: packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'),
          },
        ],
      },
    ],
  })
  const served = servedSources.find('ciz', 'indicatieregister')
  if (served === undefined) throw new Error('the source is not served')
  source = watchSource(served.source)
  decide = createDecide({ packFor: (party, name) => servedSources.find(party, name)?.pack })
  grant = await world.tokenStore.get((await world.grant(tokenRequest(world))).access_token, 'ciz')
  happened = []
})

/** The same store, with a record of what its journal took and with refusals. */
function watchJournal(store: Store): Store {
  return {
    ...store,
    journal: {
      ...store.journal,
      async append(value: Value) {
        const { event } = value as unknown as { event: AuditEvent } // What the audit room writes.
        if (refusing.has(event.code)) throw new NodeError('store.unavailable')
        const number = await store.journal.append(value)
        happened.push(event.code)
        return number
      },
    },
  }
}

/** The same source, with a record of when it is read. */
function watchSource(watched: DataSource): DataSource {
  return {
    name: watched.name,
    party: watched.party,
    parse: (body) => watched.parse(body),
    async read(permit, request) {
      happened.push('read')
      return watched.read(permit, request)
    },
  }
}

async function read(
  variables: Record<string, string> = own,
  changes: Partial<ReadRequest> & { readonly decide?: Decide } = {},
): Promise<ReadResult> {
  const { decide: decideOtherwise = decide, ...rest } = changes
  const serveRead = createServeRead({ audit: world.node.audit, clock: world.clock, decide: decideOtherwise })
  const result = await serveRead({
    party: 'ciz',
    source,
    request: source.parse({ query, variables }),
    grant,
    trace,
    ...rest,
  })
  happened.push('answer')
  return result
}

const events = async () => (await world.node.journal()).filter(({ code }) => code.startsWith('read.'))

describe('a guarded read', () => {
  test('answers with the rule that gave leave', async () => {
    expect(await read()).toEqual({
      answer: { data: `{"wlzIndicatie":[{"wlzindicatieID":"${own.id}","bsn":"999990019"}]}`, recordCount: 1 },
      rule: 'UCIR-0001.v1',
    })
  })

  test('journals the decision before it reads, and the outcome before it answers', async () => {
    await read()
    expect(happened).toEqual(['read.decided', 'read', 'read.answered', 'answer'])
  })

  test('journals who asked what under which rule, and the outcome with the number of its decision', async () => {
    await read()
    const journal = await world.node.audit.read({ after: 0, limit: 100 })
    const decided = journal.find(({ event }) => event.code === 'read.decided')
    const about = {
      action: 'read',
      outcome: 'success',
      party: 'ciz',
      actor: {
        did: world.member.did,
        organization: 'Zorgkantoor Noord',
        role: 'zorgkantoor',
        identifier: 'uzovi:5999',
      },
      rule: 'UCIR-0001.v1',
      purpose: 'WLZ_UITVOERING',
      grondslag: 'Wet langdurige zorg; Regeling langdurige zorg artikel 7.1 (geldend)',
      evidence: grant.record.evidence,
      trace,
    }
    const object = {
      source: 'indicatieregister',
      operation: 'wlzIndicatie',
      template: expect.any(String),
      filters: { wlzindicatieID: expect.any(String), initieelVerantwoordelijkZorgkantoor: expect.any(String) },
      fields: ['WlzIndicatie.bsn', 'WlzIndicatie.wlzindicatieID'],
      scope,
    }
    expect((await events()).map((event) => event)).toEqual([
      { ...about, code: 'read.decided', object },
      { ...about, code: 'read.answered', object: { ...object, recordCount: 1 }, decision: decided?.number },
    ])
  })

  test('journals values of filters as pseudonyms only, the same for the same value', async () => {
    await read()
    await read()
    await read({ ...own, id: '53089759-97a5-4a50-b1c9-bae97b8e73f1' })
    const pseudonyms = (await events())
      .filter(({ code }) => code === 'read.decided')
      .map(({ object }) => object?.filters?.['wlzindicatieID'])
    expect(pseudonyms[0]).toBe(world.node.audit.pseudonym('wlzindicatieID', own.id))
    expect(pseudonyms[1]).toBe(pseudonyms[0])
    expect(pseudonyms[2]).not.toBe(pseudonyms[0])
    const journal = JSON.stringify(await world.node.journal())
    for (const value of [own.id, '999990019']) expect(journal).not.toContain(value)
    expect(await dump()).toContain(own.id)
  })

  test('of what is not there is answered and accounted for as well', async () => {
    const { answer } = await read({ ...own, id: '53089759-97a5-4a50-b1c9-bae97b8e73f1' })
    expect(answer).toEqual({ data: '{"wlzIndicatie":[]}', recordCount: 0 })
    expect((await events()).at(-1)).toMatchObject({ code: 'read.answered', object: { recordCount: 0 } })
  })
})

describe('a read that the policy denies', () => {
  test('does not reach the source, and says which rule refused and why', async () => {
    const refusal = await rejectionOf(read({ ...own, kantoor: '5998' }))
    expect([refusal.code, refusal.notes]).toEqual([
      'access.denied',
      ['UCIR-0001.v1: wat: the filter initieelVerantwoordelijkZorgkantoor must be your own uzovi'],
    ])
    expect(happened).toEqual(['read.decided'])
  })

  test('is in the journal with rule and reasons', async () => {
    await rejectionOf(read({ ...own, kantoor: '5998' }))
    const [decided, ...more] = await events()
    expect(decided).toMatchObject({
      code: 'read.decided',
      outcome: 'refused',
      rule: 'UCIR-0001.v1',
      reasons: ['wat: the filter initieelVerantwoordelijkZorgkantoor must be your own uzovi'],
      object: { source: 'indicatieregister', scope },
    })
    expect(decided).not.toHaveProperty('purpose')
    expect(more).toEqual([])
  })

  test.each([
    ['no decision', []],
    ['a decision too many', ['yes', 'yes']],
    ['a decision too many that denies', ['yes', 'no']],
  ])('because of %s is in the journal as refused', async (_what, answers) => {
    const decisions = answers.map((answer) => ({
      permitted: answer === 'yes',
      rule: 'TEST-0001.v1',
      reasons: [],
      purpose: undefined,
      grondslag: undefined,
      weighed: [],
    }))
    const refusal = await rejectionOf(read(own, { decide: () => Promise.resolve(decisions) }))
    expect(refusal.code).toBe('access.denied')
    expect(happened).toEqual(['read.decided'])
    expect(await events()).toMatchObject([{ outcome: 'refused' }])
  })
})

describe('a read that nobody decided on', () => {
  const broken: readonly (readonly [string, Decide])[] = [
    ['is refused when the policy does not answer', () => Promise.reject(new NodeError('policy.unavailable'))],
    [
      'is refused when the policy breaks',
      () => {
        throw new NodeError('policy.unavailable')
      },
    ],
  ]

  test.each(broken)('%s, and that is in the journal', async (_how, undecided) => {
    expect((await rejectionOf(read(own, { decide: undecided }))).code).toBe('policy.unavailable')
    expect(happened).toEqual(['read.failed'])
    const [failed] = await events()
    expect(failed).toMatchObject({ outcome: 'failed', error: 'policy.unavailable', actor: { did: world.member.did } })
    expect(failed).not.toHaveProperty('rule')
  })
})

describe('when the journal does not take', () => {
  test('the decision, nothing is read', async () => {
    refusing.add('read.decided')
    expect((await rejectionOf(read())).code).toBe('audit.unavailable')
    expect(happened).toEqual([])
  })

  test('a refusal, the caller does not hear of the policy', async () => {
    refusing.add('read.decided')
    const refusal = await rejectionOf(read({ ...own, kantoor: '5998' }))
    expect([refusal.code, refusal.notes]).toEqual(['audit.unavailable', []])
  })

  test('the outcome, the answer is withheld', async () => {
    refusing.add('read.answered')
    expect((await rejectionOf(read())).code).toBe('audit.unavailable')
    expect(happened).toEqual(['read.decided', 'read'])
  })

  test('that the policy failed, that is what the caller hears', async () => {
    refusing.add('read.failed')
    const undecided = () => Promise.reject(new NodeError('policy.unavailable'))
    expect((await rejectionOf(read(own, { decide: undecided }))).code).toBe('audit.unavailable')
  })

  test('that the source failed, that is what the caller hears', async () => {
    refusing.add('read.failed')
    const failing = { ...source, read: () => Promise.reject(new NodeError('source.unavailable')) }
    expect((await rejectionOf(read(own, { source: failing }))).code).toBe('audit.unavailable')
  })
})

describe('a source that fails', () => {
  test.each([
    [new NodeError('source.unavailable'), 'source.unavailable'],
    [new NodeError('access.denied'), 'access.denied'],
    [new Error('something broke'), 'internal.fault'],
  ])('with %s is in the journal, after the decision', async (failure, code) => {
    const failing = { ...source, read: () => Promise.reject(failure) }
    await expect(read(own, { source: failing })).rejects.toBe(failure)
    expect(happened).toEqual(['read.decided', 'read.failed'])
    const [, failed] = await events()
    expect(failed).toMatchObject({ outcome: 'failed', error: code, rule: 'UCIR-0001.v1', decision: expect.any(Number) })
  })

  test('because the request was altered after its check is in the journal too', async () => {
    const request = { ...source.parse({ query, variables: own }), fields: [] }
    expect((await rejectionOf(read(own, { request }))).code).toBe('access.denied')
    expect(happened).toEqual(['read.decided', 'read', 'read.failed'])
  })
})

describe('a grant', () => {
  test.each([
    ['an object like one', () => ({ record: grant.record })],
    [
      'an object with its prototype',
      () => Object.assign(Object.create(TokenGrant.prototype) as object, { record: grant.record }),
    ],
    ['a proxy', () => new Proxy(grant, {})],
    ['nothing', () => undefined],
  ])('that is %s is refused, and nothing is decided or read', async (_what, make) => {
    // The cast is the lie that must be seen through.
    expect((await rejectionOf(read(own, { grant: make() as TokenGrant }))).code).toBe('token.invalid')
    expect(happened).toEqual([])
  })

  test('of another party is refused, and nothing is decided or read', async () => {
    expect((await rejectionOf(read(own, { party: 'cak' }))).code).toBe('token.invalid')
    expect(happened).toEqual([])
  })
})

describe('a read that is refused before there is anything to decide', () => {
  test('is in the journal with who asked and why', async () => {
    const cause = new NodeError('source.bad_request', { notes: Array.from({ length: 30 }, () => 'no such field') })
    const refused = { party: 'ciz', source: 'indicatieregister', grant, trace, cause }
    await recordRefusedRead(world.node.audit, refused)
    expect((await world.node.journal()).at(-1)).toEqual({
      code: 'read.refused',
      action: 'read',
      outcome: 'refused',
      party: 'ciz',
      actor: expect.objectContaining({ did: world.member.did, identifier: 'uzovi:5999' }),
      object: { source: 'indicatieregister' },
      error: 'source.bad_request',
      reasons: Array.from({ length: 20 }, () => 'no such field'),
      trace,
    })
  })

  test('by nobody that is known names nobody', async () => {
    const cause = new NodeError('token.invalid')
    await recordRefusedRead(world.node.audit, { party: 'ciz', source: 'x', grant: undefined, trace, cause })
    const event = (await world.node.journal()).at(-1)
    expect(event).toMatchObject({ code: 'read.refused', error: 'token.invalid' })
    expect(event).not.toHaveProperty('actor')
    expect(event).not.toHaveProperty('reasons')
  })
})
